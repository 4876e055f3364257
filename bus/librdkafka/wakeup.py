"""How the event loop learns that librdkafka has something to tell.

librdkafka can write to a file descriptor when its queue of reports is no longer empty, which is how it is built into event
loops; confluent-kafka polls on a thread instead. The thread costs a third of all that a lone record costs, and a hand-over
of the interpreter's lock for each, so the descriptor is enabled here, in the library that confluent-kafka has loaded.
"""

import asyncio
import ctypes
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Protocol

from confluent_kafka import KafkaException, Producer, cimpl

from bus.librdkafka.options import POLL_SECONDS

# Releases whose `Producer` begins with the pointer to librdkafka's object. For others a thread polls.
LAID_OUT = ("2.16.",)

ONE = (1).to_bytes(8, "little")  # what an `eventfd` adds


class Wakeup(Protocol):
    """Calls the loop until it is closed."""

    def close(self) -> None:
        """Ends it. To be called on the loop, before the producer is let go."""


def wake_on_reports(native: Producer, loop: asyncio.AbstractEventLoop, settle: Callable[[], None]) -> Wakeup:
    """Polls whenever there are reports, so that their callbacks are called, and then calls `settle` on the loop.

    To be called on the loop, and before anything is produced.
    """
    if hasattr(os, "eventfd") and version("confluent-kafka").startswith(LAID_OUT):
        return Descriptor(native, loop, settle)
    return Thread(native, loop, settle)


class Descriptor:
    """Polls on the loop, woken by librdkafka itself: callbacks run there too, and no thread waits for another."""

    def __init__(self, native: Producer, loop: asyncio.AbstractEventLoop, settle: Callable[[], None]) -> None:
        self._native = native
        self._loop = loop
        self._settle = settle
        self._library = library()
        self._queue = self._library.rd_kafka_queue_get_main(pointer(native))
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._library.rd_kafka_queue_io_event_enable(self._queue, self._descriptor, ONE, len(ONE))
        loop.add_reader(self._descriptor, self._ready)
        # librdkafka writes when its queue is no longer empty, so what it has had to tell already must go; no report is in it.
        poll(native, 0)

    def close(self) -> None:
        """As `Wakeup.close`."""
        self._library.rd_kafka_queue_io_event_enable(self._queue, -1, None, 0)
        self._library.rd_kafka_queue_destroy(self._queue)
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        del self._native  # so that it is ended where its owner lets it go

    def _ready(self) -> None:
        # First the descriptor: librdkafka writes to it once until its queue is polled.
        os.eventfd_read(self._descriptor)
        poll(self._native, 0)
        self._settle()


class Thread:
    """Polls on a thread, where callbacks run, and wakes the loop once for all that one poll has brought."""

    def __init__(self, native: Producer, loop: asyncio.AbstractEventLoop, settle: Callable[[], None]) -> None:
        self._native = native
        self._loop = loop
        self._settle = settle
        self._closed = False
        threading.Thread(target=self._run, name="librdkafka-reports", daemon=True).start()

    def close(self) -> None:
        """As `Wakeup.close`; the thread ends within the time of a poll."""
        self._closed = True

    def _run(self) -> None:
        while not self._closed:
            if poll(self._native, POLL_SECONDS):
                with suppress(RuntimeError):  # the loop has ended, and nobody is left to tell
                    self._loop.call_soon_threadsafe(self._settle)


def poll(native: Producer, seconds: float) -> int:
    """Calls the callbacks of what there is, and says of how much, also where librdkafka tells that it is beyond repair.

    The records concerned tell it too, so that nothing more is needed here; but confluent-kafka raises it, and leaves the
    rest for the next poll.
    """
    while True:
        try:
            return native.poll(seconds)
        except KafkaException:
            seconds = 0


def library() -> ctypes.CDLL:
    """librdkafka, as confluent-kafka has loaded it."""
    library = ctypes.CDLL(cimpl.__file__)  # finds what this one is linked to
    library.rd_kafka_queue_get_main.restype = ctypes.c_void_p
    library.rd_kafka_queue_get_main.argtypes = [ctypes.c_void_p]
    library.rd_kafka_queue_destroy.restype = None
    library.rd_kafka_queue_destroy.argtypes = [ctypes.c_void_p]
    library.rd_kafka_queue_io_event_enable.restype = None
    library.rd_kafka_queue_io_event_enable.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
    return library


def pointer(native: Producer) -> int | None:
    """The pointer of librdkafka (`rd_kafka_t *`) in a producer of confluent-kafka, behind the head of every object."""
    return ctypes.c_void_p.from_address(id(native) + object.__basicsize__).value
