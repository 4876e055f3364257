"""A follower of whole topics, outside any group."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import ParamSpec, TypeVar

from confluent_kafka import Consumer as Native
from confluent_kafka import KafkaException, TopicPartition

from bus.errors import BusUnavailable, UnknownTopic
from bus.handover import Handover
from bus.lane import Lane
from bus.librdkafka import gate, options
from bus.librdkafka.errors import mapped
from bus.librdkafka.partitions import END, offsets_at, partitions_of
from bus.librdkafka.patience import patiently
from bus.librdkafka.polling import Polling
from bus.records import Partition, Received
from runtime.settings.kafka import KafkaSettings

P = ParamSpec("P")
T = TypeVar("T")

LOOK_SECONDS = 5.0  # how soon new partitions are seen


class LibrdkafkaTail:
    """Keeps the promises of `bus.ports.Tail`. One thread polls, another asks."""

    def __init__(self, settings: KafkaSettings, *, topics: Collection[str], start: Mapping[Partition, int]) -> None:
        bounds = settings.consumer
        self._options = options.reading(settings)
        self._topics = sorted(topics)
        self._start = start
        self._positions: dict[Partition, int] = {}
        self._handover = Handover(limit=bounds.max_waiting)
        self._polling = Polling(self._handover, limit=bounds.max_batch)
        self._thread = Lane("kafka-tail-poll")
        self._asking = Lane("kafka-tail-ask")
        self._client: Native | None = None
        self._done: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Finds where to begin, and starts to poll.

        Raises:
            BusUnavailable: No broker answered.
            UnknownTopic: A topic does not exist.
        """
        self._client = client = await self._asking.run(Native, self._options)
        with mapped("asking for end offsets"):
            self._positions = await self._ask(self._begin, client)
        self._done = asyncio.create_task(self._thread.run(self._polling.run, client), name="kafka-tail-poll")
        self._looking = asyncio.create_task(self._look(client), name="kafka-tail-look")

    async def close(self) -> None:
        """Stops polling."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        self._polling.stop()
        if self._done:
            await asyncio.wait({self._done})
        await self._thread.end()
        await self._asking.end(self._close)

    async def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Tail.batches`."""
        while True:
            batch = await self._handover.get()
            for record in batch:
                self._positions[record.at] = record.offset + 1
            self._positions.update(self._handover.passed())
            yield batch

    def positions(self) -> Mapping[Partition, int]:
        """As `Tail.positions`."""
        return dict(self._positions)

    async def ends(self) -> Mapping[Partition, int]:
        """As `Tail.ends`."""
        if self._client is None:
            raise BusUnavailable(doing="connecting")
        with mapped("asking for end offsets"):
            return await self._ask(patiently, offsets_at, self._client, dict.fromkeys(self._positions, END))

    def _begin(self, client: Native) -> dict[Partition, int]:
        """Blocks."""
        found = [
            Partition(topic, number) for topic in self._topics for number in patiently(partitions_of, client, topic)
        ]
        open_ended = [at for at in found if at not in self._start]
        ends = patiently(offsets_at, client, dict.fromkeys(open_ended, END)) if open_ended else {}
        positions = {at: self._start[at] if at in self._start else ends[at] for at in found}
        client.assign([TopicPartition(*at, offset) for at, offset in positions.items()])
        return positions

    async def _look(self, client: Native) -> None:
        """Begins at the first record of a partition that was added since."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(KafkaException, UnknownTopic):  # it is away, and asked again
                added = await self._ask(self._follow_new, client, frozenset(self._positions))
                self._positions = dict.fromkeys(added, 0) | self._positions

    def _follow_new(self, client: Native, followed: Collection[Partition]) -> list[Partition]:
        """Blocks."""
        found = (Partition(topic, number) for topic in self._topics for number in partitions_of(client, topic))
        if added := [at for at in found if at not in followed]:
            client.incremental_assign([TopicPartition(*at, 0) for at in added])
        return added

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def shared() -> T:
            gate.share()
            return call(*args, **kwargs)

        return await self._asking.run(shared)

    def _close(self) -> None:
        if self._client is not None:
            gate.share()
            self._client.close()
