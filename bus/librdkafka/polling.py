"""The thread that polls a consumer of librdkafka and hands over what it finds."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from bus.errors import OffsetOutOfRange
from bus.handover import Handover
from bus.librdkafka import gate, options
from bus.librdkafka.errors import bus_error, is_away, is_missing
from bus.librdkafka.partitions import BEGINNING, offsets_at, ours, received, topic_partitions
from bus.librdkafka.patience import patiently
from bus.records import Partition

log = logging.getLogger(__name__)

FULL_SECONDS = 0.5  # how long to wait for room before the group must hear from us again
END = KafkaError._PARTITION_EOF  # noqa: SLF001 - how the library names its own codes
OUT_OF_RANGE = frozenset({KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET})  # noqa: SLF001

Turn = Callable[[Consumer], float]


class Polling:
    """Runs on a thread from `run` until `stop`. It outlives outages: librdkafka connects again by itself.

    While the handover is full it polls with every partition paused, which keeps the place in the group and fetches
    nothing.

    Args:
        limit: How many records a batch may hold.
        before: Called before every poll, on the thread; it says for how long the poll may wait.
    """

    def __init__(self, handover: Handover, *, limit: int, before: Turn | None = None) -> None:
        self._handover = handover
        self._limit = limit
        self._before = before
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._wanted_paused: frozenset[Partition] = frozenset()
        self._paused: frozenset[Partition] = frozenset()  # the thread's
        self.leaving: frozenset[Partition] = frozenset()  # the thread's: what is fetched of these is another's to read
        self.served = time.monotonic()  # until when everything is known that librdkafka had to say

    def pause(self, partitions: Collection[Partition]) -> None:
        """Stops fetching from these with the next poll. For any thread."""
        with self._guard:
            self._wanted_paused |= frozenset(partitions)

    def resume(self, partitions: Collection[Partition]) -> None:
        """Ends a pause with the next poll. For any thread."""
        with self._guard:
            self._wanted_paused -= frozenset(partitions)

    def stop(self) -> None:
        """Makes `run` return soon. For any thread."""
        self._stopping.set()
        self._handover.close()

    def run(self, client: Consumer) -> None:
        """Polls until it is stopped, or cannot go on; then the handover has the error."""
        gate.share()
        try:
            while not self._stopping.is_set():
                self._turn(client)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader hears of it
            self._handover.fail(bus_error(error, doing="polling"))

    def _turn(self, client: Consumer) -> None:
        full = not self._handover.room(timeout=FULL_SECONDS)
        wait = self._before(client) if self._before else options.POLL_SECONDS
        self._pause(client, everything=full)
        try:
            self._poll(client, 0.0 if full else wait)
        except KafkaException as error:
            if not (is_away(error) or is_missing(error)):
                raise
            log.warning("polling Kafka failed and goes on: %s", error)
            self._stopping.wait(options.POLL_SECONDS)

    def _poll(self, client: Consumer, wait: float) -> None:
        """Takes what is there, after waiting for the first of it: confluent-kafka's own batches wait for the last."""
        first = client.poll(wait)
        found = [] if first is None else [first, *client.consume(self._limit - 1, 0)]
        self.served = time.monotonic()
        if found:
            self._hand_over(client, found)

    def _hand_over(self, client: Consumer, found: list[Message]) -> None:
        """Even when full: a partition that came just now was not held yet."""
        records = [message for message in found if message.error() is None]
        told = [message for message in found if message.error() is not None] if len(records) < len(found) else []
        passed = positions(client, records)
        passed.update((at(message), int(message.offset() or 0)) for message in told if is_end(message))
        if self.leaving:
            records = [message for message in records if at(message) not in self.leaving]
            passed = {partition: offset for partition, offset in passed.items() if partition not in self.leaving}
        if records or passed:
            self._handover.put([received(message) for message in records], passed)
        for message in told:
            raise_unless_end(client, message)

    def _pause(self, client: Consumer, *, everything: bool) -> None:
        with self._guard:
            wanted = self._wanted_paused
        if not (everything or wanted or self._paused):
            return
        assigned = frozenset(map(ours, client.assignment()))
        held = self._paused & assigned
        wanted = assigned if everything else assigned & wanted
        if wanted - held:
            client.pause(topic_partitions(wanted - held))
        if held - wanted:
            client.resume(topic_partitions(held - wanted))
        self._paused = wanted


def at(message: Message) -> Partition:
    """Where a message comes from."""
    return Partition(message.topic(), message.partition())  # type: ignore[arg-type]  # only errors have none


def positions(client: Consumer, records: Iterable[Message]) -> dict[Partition, int]:
    """Where the client stands now in the partitions of these records: behind marks of transactions, too."""
    partitions = {at(record) for record in records}
    stands = client.position(topic_partitions(partitions)) if partitions else ()
    return {ours(one): one.offset for one in stands if one.offset >= 0}


def is_end(message: Message) -> bool:
    """Whether what is told in place of a record is that there is none: the next offset is the end."""
    error: Any = message.error()
    return bool(error.code() == END)


def raise_unless_end(client: Consumer, message: Message) -> None:
    """Raises what is told in place of a record. Blocks.

    Raises:
        OffsetOutOfRange: Retention has taken the next record.
        KafkaException: Or something worse.
    """
    error: Any = message.error()
    if is_end(message):
        return
    if error.code() in OUT_OF_RANGE:
        partition = at(message)
        earliest = patiently(offsets_at, client, {partition: BEGINNING})[partition]
        raise OffsetOutOfRange(partition=partition, offset=int(message.offset() or 0), earliest=earliest)
    raise KafkaException(error)
