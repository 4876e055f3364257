"""Writes records and commits offsets together, by Kafka's transactions."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bus.committing import Committing, StaleMember
from bus.errors import BusError, BusUnavailable, CommitLost, DeliveryFailed, Undecided
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.consumer import KafkaConsumer
from bus.kafka.errors import FENCED, STALE, Forbidden, KafkaError, Retriable, bus_error
from bus.kafka.polling import native_offsets
from bus.kafka.producer import drop, end
from bus.kafka.transactional import MendedProducer, Offsets, Transaction
from bus.lane import Lane
from bus.ports import Consumer
from bus.records import Commit, Partition, Receipt, Record
from runtime.settings.kafka import KafkaSettings

DOING = "committing a transaction"


class KafkaTransactions:
    """Keeps the promises of `bus.ports.Transactions`.

    One thread runs one transaction at a time. First everything is written and acknowledged, then the word is asked for;
    so whatever fails before that was not committed, and only what fails after it is undecided. A client that failed is
    replaced in both cases: the new one of the same name makes the broker finish what the old one left, by aborting it, or by
    completing it where the word had arrived. Until it has done so, nothing else is committed.
    """

    def __init__(self, settings: KafkaSettings, *, name: str) -> None:
        self._name = name
        self._options = options.transactions(settings, name=name)
        self._committing = Committing(name=f"kafka-commit-{name}", patience=settings.consumer.rebalance_timeout)
        self._lane = Lane(f"kafka-transactions-{name}")
        self._keyless = itertools.count()
        self._client: Client = None
        self._refusal: BusError | None = None
        self._closing = False
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connects, which ends the one before of this name; where no broker answers in time, goes on trying.

        Raises:
            BusRefused: A broker answered, and does not want us.
        """
        self._begin_connecting(None)
        await self._wait_for_client()
        if self._refusal:
            raise self._refusal

    async def close(self) -> None:
        """Waits for the commits under way, which are bounded, and ends the client's thread."""
        await self._committing.finish()
        self._closing = True
        if self._connecting:
            await asyncio.wait({self._connecting})
        await self._lane.end(lambda: end(self._client))

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
        self, records: Sequence[Record], offsets: Mapping[Partition, Commit], member: KafkaConsumer | None
    ) -> list[Receipt]:
        if not (records or offsets):
            return []
        client = await self._ready()
        moving = Offsets(native_offsets(offsets), member.membership(offsets)) if member else None
        transaction = Transaction(client, seconds=options.ANSWER_SECONDS, keyless=self._keyless)
        try:
            receipts = await self._lane.run(transaction.write, records, moving)
        except Exception as error:
            raise await self._unwritten(client, transaction, error, moving, member) from error
        try:
            await self._lane.run(transaction.end)
        except Exception as error:
            self._distrust(client, transaction, transaction.cause(error))
            await self._wait_for_client()
            raise Undecided(writer=self._name) from error
        return receipts

    async def _unwritten(
        self,
        client: Client,
        transaction: Transaction,
        error: Exception,
        moving: Offsets | None,
        member: KafkaConsumer | None,
    ) -> Exception:
        """What to say of a transaction that failed before the word was asked for."""
        cause = transaction.cause(error)
        if transaction.begun:
            self._distrust(client, transaction, cause)
        if self._refusal:
            return self._refusal
        if isinstance(error, DeliveryFailed) and not error.retriable:
            return error
        if isinstance(cause, STALE) and member and moving:
            return StaleMember() if member.settles(moving.member) else CommitLost(group=member.group)
        if isinstance(cause, Forbidden):
            return bus_error(cause, doing=DOING)
        return BusUnavailable(doing=DOING)

    async def _ready(self) -> Client:
        """A client that is in no transaction."""
        await self._wait_for_client()
        if self._refusal:
            raise self._refusal
        if self._client is None:
            raise BusUnavailable(doing=DOING)
        return self._client

    async def _wait_for_client(self) -> None:
        if self._connecting:
            await asyncio.wait({self._connecting}, timeout=options.ANSWER_SECONDS)

    def _distrust(self, client: Client, transaction: Transaction, cause: Exception) -> None:
        """Gives a client up, and gets another; unless another writer of the name is why, who must not be ended by us."""
        self._client = None
        if isinstance(cause, FENCED) and transaction.age < options.TRANSACTION_SECONDS:
            self._refusal = CommitLost(writer=self._name)
        self._begin_connecting(client)

    def _begin_connecting(self, client: Client) -> None:
        self._connecting = asyncio.create_task(self._connect(client), name=f"kafka-transactions-{self._name}")

    async def _connect(self, previous: Client) -> None:
        if previous is not None:
            await self._lane.run(drop, previous)
        while not self._closing and not self._refusal:
            with suppress(Retriable):  # it has tried for a while
                try:
                    self._client = await self._lane.run(_initialised, self._options)
                except KafkaError as error:
                    if isinstance(error, Retriable):
                        raise
                    self._refusal = bus_error(error, doing="connecting")
                return


def _initialised(made: options.Options) -> Client:
    """A client that has ended what the one before of its name left."""
    client = build(MendedProducer, made)
    try:
        client.init_transactions()
    except BaseException:
        drop(client)
        raise
    return client


def _member(consumer: Consumer | None) -> KafkaConsumer:
    if not isinstance(consumer, KafkaConsumer):
        msg = f"offsets need their consumer of Kafka, not {consumer!r}"
        raise TypeError(msg)
    return consumer
