"""The event loop does the sender's work while all is well, and its thread does it else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.kafka import KafkaBus
from bus.kafka.producer import KafkaProducer
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings
from tests.bus.contract.helpers import PATIENCE, create, record
from tests.fixtures.kafka import NewName

pytestmark = pytest.mark.kafka


async def until(true: Callable[[], bool]) -> None:
    """Returns once it is."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - it is kafka-python's thread that makes it so
            await asyncio.sleep(0.01)


async def driven(producer: KafkaProducer, name: str) -> Any:
    """The producer's client, once it has sent something and the loop drives it."""
    await producer.put(record(name))
    await until(lambda: bool(producer._driver.driving))
    return producer._client


async def test_what_is_sent_in_one_turn_goes_out_together(kafka: KafkaBroker, topic: NewName) -> None:
    """Records of one turn of the loop share a batch, without anybody having waited for more."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name = await create(bus, topic("turn"), partitions=1)
    async with bus.producer() as producer:
        client = await driven(producer, name)
        sent: list[int] = []
        request = client._sender._produce_request

        def noted(*given: Any) -> Any:
            sent.extend(batch.record_count for batch in given[-1])
            return request(*given)

        client._sender._produce_request = noted
        await asyncio.gather(*(producer.send(record(name, str(at))) for at in range(20)))
        assert sent == [20]


async def test_a_topic_that_is_not_known_yet_is_found(kafka: KafkaBroker, topic: NewName) -> None:
    """A thread asks for its partitions, and the loop brings the answer."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name, other = await create(bus, topic("known"), partitions=1), await create(bus, topic("other"), partitions=1)
    async with bus.producer() as producer:
        await driven(producer, name)
        assert (await producer.put(record(other))).topic == other


async def test_a_lost_connection_is_the_threads_and_then_the_loops_again(kafka: KafkaBroker, topic: NewName) -> None:
    """Whatever may take its time is done where nobody waits for it; records wait, and none is lost or there twice."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name = await create(bus, topic("cut"), partitions=1)
    async with bus.producer() as producer:
        client = await driven(producer, name)
        for connection in list(client._sender._client._manager._conns.values()):
            connection.close(ConnectionError("cut"))
        sent = [producer.send(record(name, str(at))) for at in range(3)]
        assert [(await one).offset for one in sent] == [1, 2, 3]
        await until(lambda: bool(producer._driver.driving))
        assert (await producer.send(record(name))).offset == 4


async def test_an_error_in_a_round_is_the_threads(kafka: KafkaBroker, topic: NewName) -> None:
    """The thread goes on where the loop has failed, as it would have after an error of its own."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name = await create(bus, topic("failed"), partitions=1)
    async with bus.producer() as producer:
        client = await driven(producer, name)
        sending, failed = client._sender._send_producer_data, []

        def failing() -> Any:
            if not failed:
                failed.append(True)
                raise KeyError
            return sending()

        client._sender._send_producer_data = failing
        assert (await producer.send(record(name))).offset == 1
        assert failed


async def test_the_thread_goes_on_when_the_loop_has_ended(kafka: KafkaBroker, topic: NewName) -> None:
    """A producer that nobody closed does not keep its thread for ever."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name = await create(bus, topic("ended"), partitions=1)

    async def abandoned() -> Any:
        producer = KafkaProducer(KafkaSettings(bootstrap=kafka.bootstrap))
        await producer.open()
        return await driven(producer, name)

    client = await asyncio.to_thread(asyncio.run, abandoned())
    await asyncio.to_thread(client.close, timeout=PATIENCE)
    assert not client._sender.is_alive()
