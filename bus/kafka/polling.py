"""The thread that polls a kafka-python consumer and hands over what it finds."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition

from bus.errors import OffsetOutOfRange
from bus.handover import Handover
from bus.kafka import options
from bus.kafka.client import Client
from bus.kafka.errors import OutOfRange, Retriable, bus_error
from bus.records import Commit, Partition, Received

log = logging.getLogger(__name__)

FULL_SECONDS = 0.5  # how long to wait for room before the group must hear from us again


class Polling:
    """Runs on a thread from `run` until `stop`. It outlives outages: kafka-python connects again by itself.

    While the handover is full it polls with every partition paused, which keeps the place in the group and fetches
    nothing.

    Args:
        make: Makes the client. Called on the thread, and again while no broker answers.
        before: Called with the client before every poll, on the thread.
    """

    def __init__(
        self, handover: Handover, make: Callable[[], Client], *, before: Callable[[Client], None] | None = None
    ) -> None:
        self._handover = handover
        self._make = make
        self._before = before
        self._stopping = threading.Event()
        self._wanted_paused: frozenset[Partition] = frozenset()
        self._guard = threading.Lock()
        self._turns = 0
        self._turned = threading.Condition()
        self.client: Client = None
        self.connected = threading.Event()

    def pause(self, partitions: Collection[Partition]) -> None:
        """Stops fetching from these with the next poll. For any thread."""
        with self._guard:
            self._wanted_paused |= frozenset(partitions)

    def resume(self, partitions: Collection[Partition]) -> None:
        """Ends a pause with the next poll. For any thread."""
        with self._guard:
            self._wanted_paused -= frozenset(partitions)

    def finish_turn(self, *, timeout: float) -> None:
        """Returns once the poll that is under way has handed over what it found, which its client counts as read before.

        For any other thread; it waits at most `timeout` seconds.
        """
        with self._turned:
            begun = self._turns
            self._turned.wait_for(lambda: self._turns > begun, timeout)

    def stop(self) -> None:
        """Makes `run` return soon. For any thread."""
        self._stopping.set()
        self._handover.close()

    def run(self) -> None:
        """Polls until it is stopped, or cannot go on; then the handover has the error."""
        try:
            self.client = self._connect()
            self.connected.set()
            while not self._stopping.is_set():
                self._turn()
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader hears of it
            self._handover.fail(self._explained(error))
        finally:
            self._close()

    def _connect(self) -> Client:
        while not self._stopping.is_set():
            try:
                return self._make()
            except Retriable as error:
                log.warning("no broker of Kafka answers yet: %s", error)
        return None

    def _turn(self) -> None:
        full = not self._handover.room(timeout=FULL_SECONDS)
        try:
            self._poll(hold=full)
        except Retriable as error:
            log.warning("polling Kafka failed and goes on: %s", error)
            self._stopping.wait(options.POLL_SECONDS)
        with self._turned:
            self._turns += 1
            self._turned.notify_all()

    def _poll(self, *, hold: bool) -> None:
        if self._before:
            self._before(self.client)
        self._pause(everything=hold)
        found = self.client.poll(timeout_ms=0 if hold else options.ms(options.POLL_SECONDS))
        passed = self.client.passed()
        if found or passed:  # even when full: a partition that came just now was not held yet
            self._handover.put([received(record) for records in found.values() for record in records], passed)

    def _pause(self, *, everything: bool) -> None:
        assigned, paused = self.client.assignment(), self.client.paused()
        with self._guard:
            wanted = assigned if everything else assigned & {TopicPartition(*at) for at in self._wanted_paused}
        if wanted - paused:
            self.client.pause(*(wanted - paused))
        if paused - wanted:
            self.client.resume(*(paused - wanted))

    def _explained(self, error: Exception) -> Exception:
        if isinstance(error, OutOfRange):
            return out_of_range(self.client, error)
        return bus_error(error, doing="polling")

    def _close(self) -> None:
        if self.client is None:
            return
        try:
            self.client.close(timeout_ms=options.ms(options.ANSWER_SECONDS))
        except Exception as error:  # noqa: BLE001 - the group finds out by itself that this member is gone
            log.warning("a consumer could not say goodbye to Kafka: %s", error)
            self.client._client.close()  # noqa: SLF001 - its sockets and its thread end here all the same


def received(record: Any) -> Received:
    """A record of kafka-python as ours. Kafka tells a header without a value from an empty one; we do not."""
    return Received(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers),
    )


def out_of_range(client: Client, error: Exception) -> Exception:
    """Completes kafka-python's error with the earliest offset, which it does not say."""
    (partition, offset), *_ = error.args[0].items()
    try:
        earliest = client.beginning_offsets([partition], timeout_ms=options.ms(options.ANSWER_SECONDS))[partition]
    except Exception as failure:  # noqa: BLE001 - the broker went away just now
        return bus_error(failure, doing="asking for the earliest offset")
    return OffsetOutOfRange(partition=Partition(*partition), offset=offset, earliest=earliest)


def topic_partitions(partitions: Iterable[Partition]) -> list[TopicPartition]:
    """Our partitions as kafka-python's."""
    return [TopicPartition(*partition) for partition in partitions]


def native_offsets(offsets: Mapping[Partition, Commit]) -> dict[TopicPartition, OffsetAndMetadata]:
    """Our offsets as kafka-python's."""
    return {TopicPartition(*at): OffsetAndMetadata(commit.offset, commit.note, -1) for at, commit in offsets.items()}
