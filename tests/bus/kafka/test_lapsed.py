"""What has failed is not sent any more."""

import asyncio
from collections.abc import Callable
from typing import Any

from bus.kafka import KafkaBus, options
from bus.kafka.client import build
from bus.kafka.lapsed import PunctualProducer
from bus.records import Partition
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings, ProducerSettings, TopicSettings

NewName = Callable[[str], str]


async def test_a_batch_that_waited_too_long_is_not_sent(kafka: KafkaBroker, topic: NewName) -> None:
    """Its sender is told that it failed; so it must not be on the topic, whatever comes after it."""
    name = topic("late")
    settings = KafkaSettings(bootstrap=kafka.bootstrap, producer=ProducerSettings(delivery_timeout=1.0))
    bus = KafkaBus(settings)
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=1)})
    client: Any = build(PunctualProducer, options.producer(settings))
    try:
        client.partitions_for(name)
        client.send(name, key=b"k", value=b"in time").get(10)
        sending = client._sender._send_producer_data
        client._sender._send_producer_data = _frozen
        late = client.send(name, key=b"k", value=b"late")
        await asyncio.sleep(1.5)
        client._sender._send_producer_data = sending
        client._sender.wakeup()
        assert late.exception is not None or _fails(late)
    finally:
        client.close(timeout=1)
    async with bus.reader() as reader:
        found = await reader.read(Partition(name, 0), 0, limit=10)
    assert [record.value for record in found] == [b"in time"]


def _frozen() -> int:
    """As the sender's own, whose process does not run; the milliseconds until it is called again."""
    return 10


def _fails(late: Any) -> bool:
    try:
        late.get(10)
    except Exception:  # noqa: BLE001 - whatever it is called
        return True
    return False
