"""A member of a consumer group."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from confluent_kafka import Consumer as Native
from confluent_kafka import KafkaError, KafkaException

from bus.errors import BusUnavailable, CommitLost
from bus.handover import Handover
from bus.lane import Lane
from bus.librdkafka import gate, options
from bus.librdkafka.errors import cause, mapped
from bus.librdkafka.membership import Membership, generation
from bus.librdkafka.partitions import BEGINNING, END, checked, native_offsets, offsets_at, ours, topic_partitions
from bus.librdkafka.patience import patiently
from bus.librdkafka.polling import Polling
from bus.librdkafka.rebalance import Rebalances
from bus.ports import RebalanceListener
from bus.records import Commit, Partition, Received
from runtime.settings.kafka import KafkaSettings

P = ParamSpec("P")
T = TypeVar("T")

REBALANCE_SECONDS = 0.05  # between two attempts to commit while the group rebalances
SETTLING = frozenset({KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION})


class LibrdkafkaConsumer:
    """Keeps the promises of `bus.ports.Consumer`.

    One thread polls, another commits, and a third asks, so that none waits for another. The network, heartbeats included, is
    left to librdkafka's own threads.
    """

    def __init__(
        self, settings: KafkaSettings, *, group: str, topics: Collection[str], listener: RebalanceListener | None
    ) -> None:
        bounds = settings.consumer
        self._patience = bounds.rebalance_timeout
        self._group = group
        self._topics = sorted(topics)
        self._listener = listener
        self._ours: set[Partition] = set()
        self._positions: dict[Partition, int] = {}  # of what was handed over
        self._handover = Handover(limit=bounds.max_waiting)
        self._rebalances = Rebalances(
            assigned=self._assigned,
            revoked=self._revoked,
            lost=self._lost,
            timeout=self._patience,
            failed=self._handover.fail,
            begins=self._positions.get,
        )
        self._polling = Polling(self._handover, limit=bounds.max_batch, before=self._before)
        self._membership = Membership(self._polling, self._rebalances, session=bounds.session_timeout)
        self._options = options.member(settings, group=group) | self._membership.asks()
        self._thread = Lane(f"kafka-poll-{group}")
        self._asking = Lane(f"kafka-ask-{group}")
        self._storing = Lane(f"kafka-commit-{group}")
        self._client: Native | None = None
        self._done: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Starts polling, which joins the group as soon as a broker answers."""
        self._client = client = await self._thread.run(Native, self._options)
        self._membership.join(client, self._topics)
        self._done = asyncio.create_task(self._thread.run(self._polling.run, client), name=f"kafka-poll-{self._group}")

    async def close(self) -> None:
        """Gives everything back, after the listener has heard of it, and leaves the group."""
        await self._rebalances.leave(lambda: self._ours)
        self._polling.stop()
        if self._done:
            await asyncio.wait({self._done})
        for lane in (self._asking, self._storing):
            await lane.end(_nothing)  # whoever left without the answer has left the question there
        await self._thread.end(self._close)

    async def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Consumer.batches`."""
        while True:
            batch = await self._handover.get()
            for record in batch:
                self._positions[record.at] = record.offset + 1
            self._positions.update(self._handover.passed())
            yield batch

    async def commit(self, offsets: Mapping[Partition, Commit]) -> None:
        """As `Consumer.commit`."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while offsets:
            if not offsets.keys() <= self._ours:
                raise CommitLost(group=self._group)
            if await self._commit(offsets):
                return
            # The group rebalances. What stays ours can be committed after it.
            if asyncio.get_running_loop().time() > deadline:
                raise BusUnavailable(doing="rebalancing the group")
            await asyncio.sleep(REBALANCE_SECONDS)

    async def committed(self, partitions: Collection[Partition]) -> Mapping[Partition, Commit]:
        """As `Consumer.committed`. librdkafka waits for transactions, as it reads only what is committed."""
        with mapped("asking for committed offsets", group=self._group):
            ask = self._open().committed
            found = await self._ask(patiently, ask, topic_partitions(partitions), options.ANSWER_SECONDS)
            return {ours(one): Commit(one.offset, one.metadata or "") for one in checked(found) if one.offset >= 0}

    @property
    def group(self) -> str:
        """The name of the group."""
        return self._group

    def membership(self, partitions: Collection[Partition]) -> Any:
        """Who this member is to the group, in confluent-kafka's terms, while these partitions are its own.

        Raises:
            CommitLost: One is not; or the member is none at the moment, and its commits would be anybody's.
        """
        gate.share()
        member = self._client.consumer_group_metadata() if self._client else b""  # first, as it only grows older
        if generation(member) < 0 or not set(partitions) <= self._ours:
            raise CommitLost(group=self._group)
        return member

    def settles(self, member: Any) -> bool:
        """Whether the group may know the member as another than this; it will tell which of its partitions are lost."""
        return bool(self._ours)

    def pause(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.pause`."""
        self._polling.pause(self._ours & set(partitions))

    def resume(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.resume`."""
        self._polling.resume(partitions)

    def holds(self) -> bool:
        """As `Consumer.holds`."""
        return self._membership.holds()

    def assignment(self) -> frozenset[Partition]:
        """As `Consumer.assignment`."""
        return frozenset(self._ours)

    async def lag(self) -> Mapping[Partition, int]:
        """As `Consumer.lag`."""
        asked = list(self._ours)
        if not asked:
            return {}
        with mapped("asking for end offsets"):
            ends = await self._ask(patiently, offsets_at, self._open(), dict.fromkeys(asked, END))
        self._positions.update(self._handover.passed())
        return {at: max(end - self._positions[at], 0) for at, end in ends.items() if at in self._positions}

    async def _starts(self, partitions: frozenset[Partition]) -> dict[Partition, int]:
        """Where reading begins, however long it takes to hear of it; nothing where it will not begin any more.

        librdkafka would ask by itself, but once: a member whose coordinator goes away just then would stand still.
        """
        while not self._rebalances.left:
            with suppress(BusUnavailable), mapped("asking where to begin", group=self._group):
                starts = {at: commit.offset for at, commit in (await self.committed(partitions)).items()}
                if fresh := dict.fromkeys(partitions - starts.keys(), BEGINNING):
                    starts |= await self._ask(patiently, offsets_at, self._open(), fresh)
                return starts
        return {}

    async def _commit(self, offsets: Mapping[Partition, Commit]) -> bool:
        """Whether the offsets are stored; if not, the group is in the middle of a rebalance."""
        with mapped("committing offsets", group=self._group):
            try:
                await self._storing.run(self._store, offsets)
            except KafkaException as error:
                if (told := cause(error)) and told.code() in SETTLING:
                    return False
                raise
        return True

    def _store(self, offsets: Mapping[Partition, Commit]) -> None:
        """Blocks, in an outage as long as a session."""
        gate.share()
        checked(self._open().commit(offsets=native_offsets(offsets), asynchronous=False))

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def shared() -> T:
            gate.share()
            return call(*args, **kwargs)

        return await self._asking.run(shared)

    def _open(self) -> Native:
        if self._client is None:
            raise BusUnavailable(doing="connecting")
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            gate.share()
            self._rebalances.conclude(self._client)
            self._client.close()

    def _before(self, client: Native) -> float:
        return self._membership.turn(client)

    async def _assigned(self, partitions: frozenset[Partition]) -> None:
        self._handover.drop(partitions)  # what was passed of them was in another life
        self._positions |= await self._starts(partitions)
        self._ours |= partitions
        if self._listener:
            await self._listener.assigned(partitions)

    async def _revoked(self, partitions: frozenset[Partition]) -> None:
        self._handover.drop(partitions)
        try:
            if self._listener:
                await self._listener.revoked(partitions)
        finally:
            self._forget(partitions)

    async def _lost(self, partitions: frozenset[Partition]) -> None:
        self._handover.drop(partitions)
        self._forget(partitions)  # first: they may be another's already, so nothing of them can be committed
        if self._listener:
            await self._listener.revoked(partitions)

    def _forget(self, partitions: frozenset[Partition]) -> None:
        self._ours -= partitions
        self._polling.resume(partitions)
        for partition in partitions:
            self._positions.pop(partition, None)


def _nothing() -> None:
    pass
