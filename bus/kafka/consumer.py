"""A member of a consumer group."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import TopicPartition
from kafka.structs import MemberState

from bus.errors import BusUnavailable, CommitLost
from bus.handover import Handover
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.errors import IllegalState, Rebalancing, TimedOut, mapped
from bus.kafka.mended import MendedConsumer as Native
from bus.kafka.polling import Polling, native_offsets, topic_partitions
from bus.kafka.rebalance import Rebalances
from bus.lane import Lane
from bus.ports import RebalanceListener
from bus.records import Commit, Partition, Received
from runtime.settings.kafka import KafkaSettings

ANSWER_MS = options.ms(options.ANSWER_SECONDS)
REBALANCE_SECONDS = 0.05  # between two attempts to commit while the group rebalances


class KafkaConsumer:
    """Keeps the promises of `bus.ports.Consumer`.

    One thread polls; another commits and asks for offsets, so that neither waits for a poll. Both leave the network to
    kafka-python's own thread, which also sends the heartbeats.
    """

    def __init__(
        self, settings: KafkaSettings, *, group: str, topics: Collection[str], listener: RebalanceListener | None
    ) -> None:
        self._options = options.member(settings, group=group)
        self._patience = settings.consumer.rebalance_timeout
        self._session = settings.consumer.session_timeout
        self._joined = float("-inf")  # when the group last gave us something, by the monotonic clock
        self._group = group
        self._topics = sorted(topics)
        self._listener = listener
        self._ours: set[Partition] = set()
        self._positions: dict[Partition, int] = {}  # of what was handed over
        self._handover = Handover(limit=settings.consumer.max_waiting)
        self._rebalances = Rebalances(
            assigned=self._assigned,
            revoked=self._revoked,
            lost=self._lost,
            timeout=self._patience,
            failed=self._handover.fail,
        )
        self._polling = Polling(self._handover, self._join)
        self._thread = Lane(f"kafka-poll-{group}")
        self._asking = Lane(f"kafka-ask-{group}")
        self._done: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Starts polling, which joins the group as soon as a broker answers."""
        self._done = asyncio.create_task(self._thread.run(self._polling.run), name=f"kafka-poll-{self._group}")

    async def close(self) -> None:
        """Gives everything back, after the listener has heard of it, and leaves the group."""
        self._polling.stop()
        if self._done:
            await asyncio.wait({self._done})
        await self._thread.end()
        await self._asking.end()

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
        """As `Consumer.committed`."""
        with mapped("asking for committed offsets", group=self._group):
            found = await self._asking.run(self._ask_committed, topic_partitions(partitions))
        return {Partition(*at): Commit(stored.offset, stored.metadata or "") for at, stored in found.items()}

    @property
    def group(self) -> str:
        """The name of the group."""
        return self._group

    def membership(self, partitions: Collection[Partition]) -> Any:
        """Who this member is to the group, in kafka-python's terms, while these partitions are its own.

        Raises:
            CommitLost: One is not; or the member is none at the moment, and its commits would be anybody's.
        """
        member = (
            self._polling.client.group_metadata() if self._polling.client else None
        )  # first, as it only grows older
        if member is None or member.generation_id < 0 or not set(partitions) <= self._ours:
            raise CommitLost(group=self._group)
        return member

    def settles(self, member: Any) -> bool:
        """Whether the group is about to know the member, or knows it already, as another than this."""
        now = self._polling.client.group_metadata()
        return bool(now.state is MemberState.REBALANCING or now.generation_id != member.generation_id)

    def pause(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.pause`."""
        self._polling.pause(self._ours & set(partitions))

    def resume(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.resume`."""
        self._polling.resume(partitions)

    def holds(self) -> bool:
        """As `Consumer.holds`."""
        client = self._polling.client
        return client is not None and time.monotonic() - max(client.heard, self._joined) < self._session

    def assignment(self) -> frozenset[Partition]:
        """As `Consumer.assignment`."""
        return frozenset(self._ours)

    async def lag(self) -> Mapping[Partition, int]:
        """As `Consumer.lag`."""
        if not self._ours:
            return {}
        with mapped("asking for end offsets"):
            ends = await self._asking.run(
                self._polling.client.end_offsets, topic_partitions(self._ours), timeout_ms=ANSWER_MS
            )
        self._positions.update(self._handover.passed())
        positions = {Partition(*at): await self._position(Partition(*at)) for at in ends}
        return {at: max(ends[at] - position, 0) for at, position in positions.items() if position is not None}

    async def _commit(self, offsets: Mapping[Partition, Commit]) -> bool:
        """Whether the offsets are stored; if not, the group is in the middle of a rebalance."""
        stored = native_offsets(offsets)
        with mapped("committing offsets", group=self._group):
            try:
                await self._asking.run(self._polling.client.commit, stored, timeout_ms=ANSWER_MS)
            except Rebalancing:
                return False
        return True

    def _ask_committed(self, partitions: list[TopicPartition]) -> Mapping[TopicPartition, Any]:
        """Blocks. What a transaction is about to change is asked for again until that is decided."""
        if not self._polling.connected.wait(options.ANSWER_SECONDS) or self._polling.client is None:
            raise TimedOut(self._group)
        found: Mapping[TopicPartition, Any] = self._polling.client._coordinator.fetch_committed_offsets(  # noqa: SLF001 - the public call is for one partition
            partitions, timeout_ms=ANSWER_MS
        )
        return found

    async def _position(self, at: Partition) -> int | None:
        """The next offset to be handed over; `None` where the partition has just left."""
        known = self._known_position(at)
        if known is not None:
            return known
        with suppress(IllegalState):
            position: int | None = await self._asking.run(self._ask_position, TopicPartition(*at))
            known = self._known_position(at)  # the first record may have come meanwhile, and the client be past it
            return position if known is None else known
        return None

    def _known_position(self, at: Partition) -> int | None:
        return self._positions[at] if at in self._positions else self._handover.first(at)

    def _ask_position(self, at: TopicPartition) -> int | None:
        """Blocks, until what the client counts as read is here."""
        position: int | None = self._polling.client.position(at, timeout_ms=ANSWER_MS)
        self._polling.finish_turn(timeout=options.ANSWER_SECONDS)
        return position

    def _join(self) -> Client:
        """Runs on the polling thread."""
        client = build(Native, self._options)
        self._rebalances.net = client._net  # noqa: SLF001 - a listener is answered there
        client.subscribe(self._topics, listener=self._rebalances)
        return client

    async def _assigned(self, partitions: frozenset[Partition]) -> None:
        self._joined = time.monotonic()
        self._handover.drop(partitions)  # what was passed of them was in another life
        for partition in partitions:
            self._positions.pop(partition, None)
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
