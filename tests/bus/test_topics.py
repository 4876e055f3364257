"""The topics are there before anybody works, however late Kafka is."""

import asyncio

import pytest

from bus.errors import TopicMismatch
from bus.memory.bus import MemoryBus
from bus.topics import Topics
from runtime.settings.kafka import TopicSettings


async def test_topics_wait_for_a_broker() -> None:
    """While none answers nothing is ready; once one does, the topics are made."""
    bus = MemoryBus()
    topics = Topics(bus, {"a": TopicSettings(partitions=3)})
    bus.stop()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        ensuring = tasks.create_task(topics.ensure())
        await asyncio.sleep(0)  # one turn of the loop, for the first attempt
        assert not topics.ready
        bus.start()
        await ensuring
    assert topics.ready
    async with bus.reader() as reader:
        assert await reader.partitions("a") == 3


async def test_a_topic_that_contradicts_the_configuration_ends_the_wait() -> None:
    """It is told at once, since time does not mend it."""
    bus = MemoryBus()
    await Topics(bus, {"a": TopicSettings(partitions=1)}).ensure()
    topics = Topics(bus, {"a": TopicSettings(partitions=2)})
    with pytest.raises(TopicMismatch, match="partitions"):
        await topics.ensure()
    assert not topics.ready
