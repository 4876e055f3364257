"""Writes records and commits offsets together, by Kafka's transactions."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaException, Producer

from bus.committing import AGAIN_SECONDS, Committing, StaleMember
from bus.errors import BusError, BusUnavailable, CommitLost, DeliveryFailed, Undecided
from bus.lane import Lane
from bus.librdkafka import options
from bus.librdkafka.client import drop
from bus.librdkafka.consumer import LibrdkafkaConsumer
from bus.librdkafka.counts import Counts
from bus.librdkafka.errors import FENCED, FORBIDDEN, STALE, bus_error, code_of, is_away
from bus.librdkafka.transactional import Offsets, Transaction, is_member
from bus.ports import Consumer
from bus.records import Commit, Partition, Receipt, Record
from runtime.settings.kafka import KafkaSettings

DOING = "committing a transaction"


class LibrdkafkaTransactions:
    """Keeps the promises of `bus.ports.Transactions`.

    One thread runs one transaction at a time. First everything is written and acknowledged, then the word is asked for;
    so whatever fails before that was not committed, and only what fails after it is undecided. What failed before it is
    aborted. Where that cannot be done at once, and after an undecided one, the client is replaced: the new one of the same
    name makes the broker finish what the old one left, by aborting it, or by completing it where the word had arrived. Until
    it has done so, nothing else is committed.
    """

    def __init__(self, settings: KafkaSettings, *, name: str) -> None:
        self._name = name
        self._options = options.transactions(settings, name=name)
        self._committing = Committing(name=f"librdkafka-commit-{name}", patience=settings.consumer.rebalance_timeout)
        self._lane = Lane(f"librdkafka-transactions-{name}")
        self._counts = Counts()
        self._keyless = itertools.count()
        self._native: Producer | None = None
        self._refusal: BusError | None = None
        self._closing = False
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connects, which ends the one before of this name; where no broker answers in time, goes on trying.

        Raises:
            BusRefused: A broker answered, and does not want us.
        """
        self._begin_connecting()
        await self._wait_for_client()
        if self._refusal:
            raise self._refusal

    async def close(self) -> None:
        """Waits for the commits under way, which are bounded, and ends the client."""
        await self._committing.finish()
        self._closing = True
        if self._connecting:
            await asyncio.wait({self._connecting})
        await self._lane.end(self._drop)

    async def commit(
        self,
        records: Sequence[Record],
        *,
        offsets: Mapping[Partition, Commit] | None = None,
        consumer: Consumer | None = None,
    ) -> Sequence[Receipt]:
        """As `Transactions.commit`."""
        member = _member(consumer) if offsets else None
        return await self._committing.run(lambda: self._attempt(records, offsets or {}, member))

    async def _attempt(
        self, records: Sequence[Record], offsets: Mapping[Partition, Commit], member: LibrdkafkaConsumer | None
    ) -> list[Receipt]:
        if not (records or offsets):
            return []
        native = await self._ready()
        moving = _moving(offsets, member) if member else None
        transaction = Transaction(native, seconds=options.ANSWER_SECONDS, counts=self._counts, keyless=self._keyless)
        try:
            receipts = await self._lane.run(transaction.write, records, moving)
        except Exception as error:
            raise await self._unwritten(transaction, error, moving, member) from error
        try:
            await self._lane.run(transaction.end)
        except Exception as error:
            self._distrust(transaction, error)
            await self._wait_for_client()
            raise Undecided(writer=self._name) from error
        return receipts

    async def _unwritten(
        self, transaction: Transaction, error: Exception, moving: Offsets | None, member: LibrdkafkaConsumer | None
    ) -> Exception:
        """What to say of a transaction that failed before the word was asked for."""
        if transaction.begun and (cause := await self._lane.run(transaction.undo)):
            self._distrust(transaction, cause)
        if self._refusal:
            return self._refusal
        if isinstance(error, DeliveryFailed) and not error.retriable:
            return error
        if code_of(error) in STALE and member and moving:
            return StaleMember() if member.settles(moving.member) else CommitLost(group=member.group)
        if code_of(error) in FORBIDDEN:
            return bus_error(error, doing=DOING)
        return BusUnavailable(doing=DOING)

    async def _ready(self) -> Producer:
        """A client that is in no transaction."""
        await self._wait_for_client()
        if self._refusal:
            raise self._refusal
        if self._native is None:
            raise BusUnavailable(doing=DOING)
        return self._native

    async def _wait_for_client(self) -> None:
        if self._connecting:
            await asyncio.wait({self._connecting}, timeout=options.ANSWER_SECONDS)

    def _distrust(self, transaction: Transaction, cause: Exception) -> None:
        """Gives the client up, and gets another; unless another writer of the name is why, who must not be ended by us."""
        if code_of(cause) in FENCED and transaction.age < options.TRANSACTION_SECONDS:
            self._refusal = CommitLost(writer=self._name)
        self._begin_connecting()

    def _begin_connecting(self) -> None:
        previous, self._native = self._native, None
        self._connecting = asyncio.create_task(self._connect(previous), name=f"librdkafka-transactions-{self._name}")

    async def _connect(self, previous: Producer | None) -> None:
        if previous is not None:
            await self._lane.run(drop, previous)
        if self._refusal is None:
            await self._initialise(Producer(self._options))

    async def _initialise(self, native: Producer) -> None:
        """Ends what the client before of this name left, as soon as a broker answers."""
        while not self._closing:
            try:
                await self._lane.run(native.init_transactions, options.CONNECT_SECONDS)
            except KafkaException as error:
                if not is_away(error):
                    self._refusal = bus_error(error, doing="connecting")
                    return
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._native = native
                return

    def _drop(self) -> None:
        if self._native is not None:
            drop(self._native)
        self._native = None


def _moving(offsets: Mapping[Partition, Commit], member: LibrdkafkaConsumer) -> Offsets:
    known: bytes = member.membership(offsets)
    if not is_member(known):
        raise CommitLost(group=member.group)
    return Offsets(offsets, known)


def _member(consumer: Consumer | None) -> LibrdkafkaConsumer:
    if not isinstance(consumer, LibrdkafkaConsumer):
        msg = f"offsets need their consumer of librdkafka, not {consumer!r}"
        raise TypeError(msg)
    return consumer
