"""Writes what follows from a record, however long Kafka is away."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bus.errors import BusFull, BusUnavailable, DeliveryFailed
from bus.ports import Producer
from bus.records import Receipt, Record
from workers.dead_letter import DeadLetterLost, without_body
from workers.errors import Poison
from workers.retry import Backoff
from workers.topics import DEAD_LETTERS

_log = logging.getLogger("sluice.workers")

Rest = Callable[[float], Awaitable[None]]


class Author(Protocol):
    """Whose records they are."""

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`."""


class Unread:
    """An author who does not care what becomes of its records."""

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Author.written`."""

    async def landed(self, record: Record) -> bool:
        """As `Author.landed`."""
        return False


class Undeliverable(Poison):
    """Kafka will never take what follows from the record: it is too large, for example."""

    def __init__(self, detail: str) -> None:
        super().__init__("undeliverable", detail)


class Outbox:
    """Puts records one after another; the next only once the one before it is acknowledged."""

    def __init__(self, producer: Producer, *, backoff: Backoff, author: Author) -> None:
        self._producer = producer
        self._backoff = backoff
        self._author = author

    async def write(self, records: Sequence[Record], *, rest: Rest) -> None:
        """Returns when all of them are acknowledged; between tries it rests. A dead letter may go without its body.

        Raises:
            Undeliverable: One was refused for good.
            DeadLetterLost: That one was a dead letter.
        """
        for record in records:
            try:
                await self._write(record, rest)
            except DeadLetterLost as lost:
                await self._write(without_body(lost.record), rest)

    async def _write(self, record: Record, rest: Rest) -> None:
        attempt, doubtful = 0, False
        while not await self._put(record, doubtful=doubtful):
            attempt, doubtful = attempt + 1, True
            await rest(self._backoff.seconds(attempt))

    async def _put(self, record: Record, *, doubtful: bool) -> bool:
        try:
            # An earlier try may have arrived without our hearing of it.
            landed = doubtful and await self._author.landed(record)
            receipt = None if landed else await self._producer.put(record)
        except (BusFull, BusUnavailable):
            return False
        except DeliveryFailed as error:
            if not error.retriable:
                raise _refused(record, error) from error
            _log.warning("waiting for Kafka", extra={"topic": record.topic, "why": error.reason})
            return False
        self._author.written(record, receipt)
        return True


def _refused(record: Record, error: DeliveryFailed) -> Exception:
    return DeadLetterLost(record, error.reason) if record.topic == DEAD_LETTERS else Undeliverable(error.reason)
