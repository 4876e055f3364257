"""What Kafka holds in the end, read as every reader of Sluice's reads it: committed records only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bus.errors import BusUnavailable
from bus.kafka.bus import KafkaBus
from bus.ports import Reader
from bus.records import Partition, Received
from runtime.settings.kafka import KafkaSettings

TOPICS = (
    "rag.queries",
    "rag.contexts",
    "rag.results",
    "rag.answers",
    "rag.dead-letters",
    "rag.chunks",
    "rag.embeddings",
)
MOST = 1000  # records of one read


def by_key(records: Sequence[Received]) -> Mapping[bytes, Sequence[Received]]:
    """Records of one topic by key, in order: a key has one partition."""
    found: dict[bytes, list[Received]] = {}
    for record in records:
        found.setdefault(record.key or b"", []).append(record)
    return found


@dataclass(slots=True)
class Log:
    """Everything on `TOPICS` since it was opened, as far as it was read. Made by `following`.

    Attributes:
        records: By topic, each partition's in order.
    """

    _reader: Reader
    _at: dict[Partition, int]
    records: dict[str, list[Received]] = field(default_factory=lambda: {topic: [] for topic in TOPICS})

    async def catch_up(self) -> int:
        """Reads to the end; how many records there were. While Kafka is away there are none."""
        count = 0
        try:
            for at in self._at:
                while batch := await self._reader.read(at, self._at[at], limit=MOST):
                    self.records[at.topic] += batch
                    self._at[at] = batch[-1].offset + 1
                    count += len(batch)
        except BusUnavailable:
            return count
        return count


@asynccontextmanager
async def following(kafka: KafkaSettings) -> AsyncIterator[Log]:
    """A log that begins at what is the end now."""
    async with KafkaBus(kafka).reader() as reader:
        yield Log(
            reader,
            {
                at: (await reader.bounds(at)).end
                for topic in TOPICS
                for at in [Partition(topic, number) for number in range(await reader.partitions(topic))]
            },
        )
