"""What is taken back is not heard, and what is committed is."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from bench.answers.results import following
from bus.kafka.bus import KafkaBus
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings, TopicSettings
from tests.fixtures.kafka import NewName


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_only_what_is_committed(kafka: KafkaBroker, topic: NewName) -> None:
    """Of two records, one that is taken back and one that is committed, the second alone comes."""
    name = topic("results")
    async with KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap)).admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=1)})
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=name)
    await producer.start()
    try:
        async with following(name, bootstrap=kafka.bootstrap) as batches, asyncio.timeout(30):
            await producer.begin_transaction()
            await producer.send_and_wait(name, b"{}", key=b"taken back")
            await producer.abort_transaction()
            async with producer.transaction():
                await producer.send(name, b"{}", key=b"committed", headers=[("ce_type", b"rag.answer.done.v1")])
            assert [(b"committed", "rag.answer.done.v1", b"{}")] == list(await anext(batches))
    finally:
        await producer.stop()
