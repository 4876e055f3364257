"""Reports wake the loop, by the descriptor and by the thread that serves where there is none; no broker is needed."""

import asyncio
from ctypes import c_char_p, c_int, c_void_p
from importlib.metadata import version
from typing import Any

import pytest
from confluent_kafka import KafkaError, Producer

from bus.librdkafka import options
from bus.librdkafka.wakeup import LAID_OUT, Descriptor, Thread, library, pointer, poll, wake_on_reports
from local.kafka.ports import free_port
from runtime.settings.kafka import KafkaSettings

BOTH = [Descriptor, Thread]


class Told:
    """Hears of records, and of the turns of the loop in which it should look."""

    def __init__(self) -> None:
        self.errors: list[KafkaError | None] = []
        self.turned = asyncio.Event()

    def record(self, error: KafkaError | None, _: object) -> None:
        """A callback of librdkafka."""
        self.errors.append(error)


@pytest.fixture
def native() -> Producer:
    """A producer that reaches nobody."""
    return Producer(options.producer(KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}")))


@pytest.mark.parametrize("kind", BOTH)
async def test_reports_wake_the_loop_each_time(native: Producer, kind: type[Descriptor | Thread]) -> None:
    """Whatever was reported has been called back when the loop is told to settle; and so again for the next."""
    told = Told()
    wakeup = kind(native, asyncio.get_running_loop(), told.turned.set)
    for turn in range(1, 4):
        for _ in range(5):
            native.produce("t", b"v", partition=0, on_delivery=told.record)
        native.purge()
        async with asyncio.timeout(10):
            while len(told.errors) < 5 * turn:
                await told.turned.wait()
                told.turned.clear()
    wakeup.close()
    assert [KafkaError._PURGE_QUEUE] * 15 == [error.code() for error in told.errors if error]


@pytest.mark.parametrize("kind", BOTH)
async def test_closed_it_calls_nobody(native: Producer, kind: type[Descriptor | Thread]) -> None:
    """What is reported afterwards is for whoever polls."""
    told = Told()
    kind(native, asyncio.get_running_loop(), told.turned.set).close()
    await asyncio.sleep(2 * options.POLL_SECONDS)  # the time of the thread's last poll, which there is no event for
    told.turned.clear()  # by that poll, which may have found that nobody is there
    native.produce("t", b"v", partition=0, on_delivery=told.record)
    native.purge()
    assert 0 == native.flush(10)
    assert 1 == len(told.errors)
    assert not told.turned.is_set()


async def test_the_installed_release_is_one_that_was_looked_at(native: Producer) -> None:
    """After an update, see that `Producer` still begins with the pointer to librdkafka's object, and name the release."""
    assert version("confluent-kafka").startswith(LAID_OUT)
    name: Any = library().rd_kafka_name
    name.restype, name.argtypes = c_char_p, [c_void_p]
    assert name(pointer(native)).startswith(b"rdkafka#producer-")
    wakeup = wake_on_reports(native, asyncio.get_running_loop(), lambda: None)
    assert isinstance(wakeup, Descriptor)
    wakeup.close()


def test_a_client_that_is_beyond_repair_still_reports(native: Producer) -> None:
    """confluent-kafka raises that instead of calling back, and what was to be told besides is told all the same."""
    told = Told()
    native.produce("t", b"v", partition=0, on_delivery=told.record)
    fail: Any = library().rd_kafka_test_fatal_error
    fail.restype, fail.argtypes = c_int, [c_void_p, c_int, c_char_p]
    fail(pointer(native), KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, b"as a test says")
    native.purge()
    while not told.errors:
        poll(native, 1)
    assert KafkaError._PURGE_QUEUE == told.errors[0].code() if told.errors[0] else False
