"""Where it is entered that a record is answered for: what follows from it, and the offset that moves past it.

```
outcome ─┬─ not final ──► written plainly, then its offset with the next commit
         └─ final ──────► one transaction with all that ended meanwhile: records and offsets, or nothing
```
What is not final may be written twice when a worker dies in between, and whoever reads it sees to that.
What is final is a terminal event, an answer or a dead letter: Kafka refuses it of a worker whose partitions are another's.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bus.errors import BusFull, BusUnavailable, CommitLost, DeliveryFailed, Undecided
from bus.ports import Consumer, Transactions
from bus.records import Commit, Partition, Receipt, Received, Record
from workers.dead_letter import DeadLetterLost, without_body
from workers.membership import Membership
from workers.offsets import Offsets
from workers.outbox import Author, Outbox, Rest, Undeliverable
from workers.outcome import Outcome
from workers.retry import Backoff
from workers.topics import DEAD_LETTERS

_log = logging.getLogger("sluice.workers")

COMMIT_SECONDS = 0.5  # between two commits: what a kill -9 makes the successor look at again
OUTCOMES = ("committed", "lost", "unavailable", "refused", "in-doubt")
MOST = 500  # records that end in one transaction, so that none grows out of its time


@dataclass(eq=False, slots=True)
class _Entry:
    record: Received
    records: Sequence[Record]
    settled: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, error: BaseException | None = None) -> None:
        if self.settled.done():
            return
        if error is None:
            self.settled.set_result(None)
        else:
            self.settled.set_exception(error)


class Settle(Protocol):
    """Enters what became of a record."""

    def __call__(self, record: Received, outcome: Outcome, *, rest: Rest) -> Awaitable[None]:
        """As `Ledger.settle`."""


class Seconds(Protocol):
    """Counts the time of one transaction, by what became of it."""

    def __call__(self, outcome: str, seconds: float) -> None:
        """Of `OUTCOMES`."""


def untimed(outcome: str, seconds: float) -> None:
    """As `Seconds`, where nobody looks at them."""


class Ledger:
    """Of one worker. Bounded by the records in work, each of which waits for its entry.

    Attributes:
        offsets: Of the records that are taken on.

    Args:
        outbox: Writes what is not final.
        transactions: Writes what is final; `None` writes it as the rest.
        author: Hears of what is written.
        membership: Is filled here.
        backoff: The waits while Kafka is away.
        seconds: Counts what transactions take, by outcome.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        transactions: Transactions | None,
        author: Author,
        membership: Membership,
        backoff: Backoff,
        seconds: Seconds,
    ) -> None:
        self.offsets = Offsets()
        self._outbox = outbox
        self._transactions = transactions
        self._author = author
        self._backoff = backoff
        self._seconds = seconds
        self._membership = membership
        self._closed = False
        self._waiting: list[_Entry] = []
        self._arrived = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()  # or a commit could put an older note in place of a newer one

    @asynccontextmanager
    async def open(self, consumer: Consumer) -> AsyncIterator[None]:
        """Enters and commits for this member of the group while the context is open."""
        self._membership.consumer = consumer
        async with asyncio.TaskGroup() as tasks:
            steady = [tasks.create_task(self._settle_steadily()), tasks.create_task(self._commit_steadily())]
            try:
                yield
            finally:
                self._closed = True
                for task in steady:
                    task.cancel()

    async def settle(self, record: Received, outcome: Outcome, *, rest: Rest) -> None:
        """Returns when the outcome is there to stay, and the record's offset may move, or has moved with it.

        Raises:
            Undeliverable: A record was refused for good; nothing of a final outcome is written.
            DeadLetterLost: That one was a dead letter, and would be refused without its body as well.
            CancelledError: Nothing was written: the record's partition is another's.
        """
        if not outcome.final or self._transactions is None:
            await self._outbox.write(outcome.records, rest=rest)
            return
        entry = _Entry(record, outcome.records)
        self._waiting.append(entry)
        self._arrived.set()
        await entry.settled

    async def resume(self, partitions: Collection[Partition]) -> None:
        """Learns what is finished of partitions that have come, as soon as Kafka tells; not once the worker stops."""
        consumer = self._membership.consumer
        stored = await self._stored(partitions, consumer=consumer, until=lambda: self._closed) if consumer else {}
        for partition, commit in stored.items():
            self.offsets.resume(partition, commit)

    async def leave(self, partitions: Collection[Partition]) -> None:
        """Commits what is finished of partitions of which nothing is in work any more, and forgets them."""
        await self._commit()
        self.offsets.forget(partitions)

    async def _commit_steadily(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            await self._commit()

    async def _commit(self) -> None:
        async with self._one_at_a_time:
            due = self.offsets.due()
            consumer = self._membership.consumer
            if not due or not consumer:
                return
            try:
                await consumer.commit(due)
            except CommitLost as error:
                _log.info("another worker has the partition, and goes on from the last commit: %s", error)
            except BusUnavailable as error:
                _log.warning("offsets wait for Kafka", extra={"why": str(error)})
            else:
                self.offsets.committed(due)

    async def _settle_steadily(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while entries := self._next():
                await self._settle_together(entries)

    def _next(self) -> list[_Entry]:
        wanted = [entry for entry in self._waiting if not entry.settled.done()]
        self._waiting = wanted[MOST:]
        return wanted[:MOST]

    async def _settle_together(self, entries: Sequence[_Entry]) -> None:
        try:
            await self._settle_all(entries)
        except DeliveryFailed as error:
            if len(entries) == 1:
                await self._refused(entries[0], error)
                return
            for entry in entries:  # one of them is refused; the others are not to suffer
                await self._settle_together([entry])

    async def _refused(self, entry: _Entry, error: DeliveryFailed) -> None:
        letter = next((record for record in entry.records if record.topic == DEAD_LETTERS), None)
        if error.topic != DEAD_LETTERS or letter is None:
            entry.end(Undeliverable(error.reason))
        elif letter.value is None:
            entry.end(DeadLetterLost(letter, error.reason))
        else:
            entry.records = [without_body(one) if one is letter else one for one in entry.records]
            await self._settle_together([entry])

    async def _settle_all(self, entries: Sequence[_Entry]) -> None:
        """Returns when all of them are settled that are still wanted.

        Raises:
            DeliveryFailed: One is refused for good, and nothing was written.
        """
        attempt = 0
        while wanted := [entry for entry in entries if not entry.settled.done()]:
            async with self._one_at_a_time:
                if await self._try(wanted):
                    return
            attempt += 1
            await asyncio.sleep(self._backoff.seconds(attempt))

    async def _try(self, entries: Sequence[_Entry]) -> bool:
        consumer, transactions = self._membership.consumer, self._transactions
        if consumer is None or transactions is None:
            return False
        finishing = [(entry.record.at, entry.record.offset) for entry in entries]
        offsets = self.offsets.due_with(finishing)
        records = [record for entry in entries for record in entry.records]
        receipts: Sequence[Receipt | None] = [None] * len(records)
        began, outcome = time.monotonic(), "refused"
        try:
            receipts = await transactions.commit(records, offsets=offsets, consumer=consumer)
            outcome = "committed"
        except CommitLost as error:
            outcome = "lost"
            if error.writer:
                raise  # another worker has this one's name: it goes on, and this one cannot
            _log.info("nothing was written: %s", error)
            _abandon(entries, consumer.assignment())
            return False
        except (BusUnavailable, BusFull) as error:
            outcome = "unavailable"
            _log.info("what ends records waits for Kafka", extra={"why": str(error)})
            return False
        except Undecided:
            outcome = "in-doubt"
            if not await self._is_stored(offsets, consumer=consumer, entries=entries):
                return False
        finally:
            self._seconds(outcome, time.monotonic() - began)
        self.offsets.committed(offsets, finishing)
        for record, receipt in zip(records, receipts, strict=True):
            self._author.written(record, receipt)
        for entry in entries:
            entry.end()
        return True

    async def _is_stored(
        self, offsets: Mapping[Partition, Commit], *, consumer: Consumer, entries: Sequence[_Entry]
    ) -> bool:
        """Whether these offsets are: nobody else commits for a partition that is ours, and each commit has its own note."""
        stored = await self._stored(
            offsets, consumer=consumer, until=lambda: all(entry.settled.done() for entry in entries)
        )
        return any(stored.get(at) == commit for at, commit in offsets.items())

    async def _stored(
        self, partitions: Collection[Partition], *, consumer: Consumer, until: Callable[[], bool]
    ) -> Mapping[Partition, Commit]:
        """What the group has stored, however long Kafka is away; nothing once nobody wants to know any more."""
        attempt = 0
        while not until():
            try:
                return await consumer.committed(partitions)
            except BusUnavailable:
                attempt += 1
                await asyncio.sleep(self._backoff.seconds(attempt))
        return {}


def _abandon(entries: Sequence[_Entry], ours: Collection[Partition]) -> None:
    for entry in entries:
        if entry.record.at not in ours:
            entry.settled.cancel()
