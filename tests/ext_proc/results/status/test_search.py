"""What is looked for in Kafka, where the log changes under its feet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.memory import MemoryBus
from bus.memory.cluster import Cluster
from bus.memory.reader import MemoryReader
from bus.records import Bounds, Partition, Record
from tests.ext_proc.results.conftest import ANSWERS, TOPICS
from tests.ext_proc.results.desk import Open, make_topics, open_desk
from tests.ext_proc.results.status.enquiry import CHOSEN, question, status


class Trimmed(MemoryReader):
    """Retention takes the first answers just after it was asked where they begin."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._strikes = cluster

    async def bounds(self, partition: Partition) -> Bounds:
        """As `Reader.bounds`."""
        bounds = await super().bounds(partition)
        if partition.topic == ANSWERS:
            self._strikes.log(partition).trim(1)
        return bounds


class TrimmedBus(MemoryBus):
    """A bus with such readers."""

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        yield Trimmed(self._cluster)


async def test_retention_strikes() -> None:
    """What goes while it is looked through is passed over; what is left is found."""
    bus = TrimmedBus(clock=lambda: 1_000)
    await make_topics(bus, *TOPICS, ANSWERS)
    async with open_desk(bus, topics=TOPICS) as desk:
        await desk.put("done", topic=ANSWERS, key=desk.neighbour())
        await desk.put("done", topic=ANSWERS)
        await desk.put("delta", key=desk.neighbour())
        bus.trim(desk.at(), 1)
    async with open_desk(bus, topics=TOPICS) as desk:
        assert await status(desk, question(desk, **CHOSEN)) == "done"


async def test_a_deleted_answer(open_: Open) -> None:
    """The newest record counts: a null value says that there is no answer any more."""
    async with open_() as desk:
        await desk.put("done", topic=ANSWERS)
        headers = (("ce_type", b"rag.answer.done.v1"), ("user-id", b"alice"))
        await desk.producer.put(Record(topic=ANSWERS, key=b"k", value=None, headers=headers))
        await desk.pushed(await desk.put("delta", key=desk.neighbour()))
    async with open_(history_bytes=1) as desk:
        assert await status(desk, question(desk, **CHOSEN)) == "404"


async def test_topics_with_other_partitions() -> None:
    """A key is looked for where its topic has it, however many partitions that has."""
    bus = MemoryBus(clock=lambda: 1_000)
    await make_topics(bus, *TOPICS, ANSWERS)
    bus.grow(ANSWERS, 7)
    bus.grow(TOPICS[1], 5)
    async with open_desk(bus, topics=TOPICS) as desk:
        for key in ("a", "b", "c", "d"):
            await desk.prove(key)
            await desk.put("done", topic=ANSWERS, key=f"answered-{key}")
        for number in range(3):
            await desk.producer.put(Record(topic=desk.topic, key=None, value=b"{}"))
            bus.trim(Partition(desk.topic, number), 1)
    async with open_desk(bus, topics=TOPICS) as desk:
        for key in ("a", "b", "c", "d"):
            assert await status(desk, question(desk, key, **CHOSEN)) == "queued"
            assert await status(desk, question(desk, f"answered-{key}", **CHOSEN)) == "done"
