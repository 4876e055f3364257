"""What kafka-python's transactional producer would do by itself."""

import asyncio
from typing import Any

import pytest

from bus.kafka import KafkaBus, options
from bus.kafka.client import build
from bus.kafka.transactional import RETRY_MS, MendedProducer
from bus.records import Partition
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings
from tests.bus.contract.helpers import PATIENCE, create, record, values
from tests.fixtures.kafka import NewName

pytestmark = pytest.mark.kafka


async def test_a_client_that_is_behind_does_not_end_its_successor(kafka: KafkaBroker, topic: NewName) -> None:
    """Fenced between its records and their acknowledgement, it takes no new epoch, by which it would fence back."""
    settings = KafkaSettings(bootstrap=kafka.bootstrap)
    name, writer = await create(KafkaBus(settings), topic("epoch"), partitions=1), topic("t")
    zombie: Any = await asyncio.to_thread(build, MendedProducer, options.transactions(settings, name=writer))
    try:
        # Of the sender alone, so that a client without a broker does not ask for metadata every few milliseconds.
        assert (RETRY_MS, 100) == (zombie._sender.config["retry_backoff_ms"], zombie.config["retry_backoff_ms"])
        await asyncio.to_thread(zombie.init_transactions)
        zombie.begin_transaction()
        zombie.send(name, value=b"first", partition=0).get(timeout=PATIENCE)
        async with KafkaBus(settings).transactions(name=writer) as successor:
            with pytest.raises(Exception, match=r"(?i)fenced|epoch"):
                await asyncio.to_thread(lambda: zombie.send(name, value=b"late", partition=0).get(timeout=PATIENCE))
            assert zombie._transaction_manager.has_fatal_error()
            await successor.commit([record(name, "good")])
    finally:
        await asyncio.to_thread(zombie.close, 1)
    async with KafkaBus(settings).reader() as reader:
        assert ["good"] == values(await reader.read(Partition(name, 0), 0, limit=10))
