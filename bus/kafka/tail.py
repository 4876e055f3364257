"""A follower of whole topics, outside any group."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from kafka import TopicPartition

from bus.handover import Handover
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.errors import mapped
from bus.kafka.metadata import partitions_of
from bus.kafka.polling import topic_partitions
from bus.kafka.pursuit import PursuingConsumer, Pursuit
from bus.lane import Lane
from bus.records import Partition, Received
from runtime.settings.kafka import KafkaSettings

ANSWER_MS = options.ms(options.ANSWER_SECONDS)


class KafkaTail:
    """Keeps the promises of `bus.ports.Tail`, without a group, and fetches on kafka-python's network thread; see `bus.kafka.pursuit`."""

    def __init__(self, settings: KafkaSettings, *, topics: Collection[str], start: Mapping[Partition, int]) -> None:
        self._options = options.reading(settings)
        self._topics = sorted(topics)
        self._start = start
        self._positions: dict[Partition, int] = {}
        self._handover = Handover(limit=settings.consumer.max_waiting)
        self._polling = Pursuit(self._handover, lambda: self._client, before=self._follow_new)
        self._thread = Lane("kafka-tail-poll")
        self._asking = Lane("kafka-tail-ask")
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Task[None] | None = None
        self._client: Client = None
        self._followed: set[TopicPartition] = set()  # the polling thread's

    async def open(self) -> None:
        """Finds where to begin, and starts to poll.

        Raises:
            BusUnavailable: No broker answered.
            UnknownTopic: A topic does not exist.
        """
        with mapped("asking for end offsets"):
            self._positions = await self._asking.run(self._begin)
        self._done = asyncio.create_task(self._thread.run(self._polling.run), name="kafka-tail-poll")

    async def close(self) -> None:
        """Stops polling."""
        self._polling.stop()
        if self._done:
            await asyncio.wait({self._done})
        await self._thread.end()
        await self._asking.end()

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
        followed = topic_partitions(self._positions)
        with mapped("asking for end offsets"):
            ends = await self._asking.run(self._client.end_offsets, followed, timeout_ms=ANSWER_MS)
        return {Partition(*at): end for at, end in ends.items()}

    def _begin(self) -> dict[Partition, int]:
        client = build(PursuingConsumer, self._options)
        try:
            found = [Partition(topic, number) for topic in self._topics for number in partitions_of(client, topic)]
            open_ended = topic_partitions(at for at in found if at not in self._start)
            ends = client.end_offsets(open_ended, timeout_ms=ANSWER_MS) if open_ended else {}
            positions = {at: self._start[at] if at in self._start else int(ends[at]) for at in found}
            self._follow(client, positions)
        except BaseException:
            client.close()
            raise
        self._client = client
        return positions

    def _follow(self, client: Client, positions: Mapping[Partition, int]) -> None:
        self._followed |= set(topic_partitions(positions))
        client.assign(sorted(self._followed))
        for at, offset in positions.items():
            client.seek(TopicPartition(*at), offset)

    def _follow_new(self, client: Client) -> None:
        """Begins at the first record of a partition that was added since."""
        cluster = client._cluster  # noqa: SLF001 - what it knows already; the public call may block
        known = {TopicPartition(topic, n) for topic in self._topics for n in cluster.partitions_for_topic(topic) or ()}
        if added := known - self._followed:
            positions = {Partition(*at): 0 for at in added}
            self._follow(client, positions)
            self._loop.call_soon_threadsafe(lambda: self._positions.update(positions | self._positions))
