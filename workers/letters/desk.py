"""Settles letters, one person at a time: what is written and that it is settled become true together, or not at all."""

import asyncio
import getpass
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bus.errors import CommitLost
from bus.partitioner import partition_of
from bus.ports import Bus, Reader, Transactions
from bus.records import Partition, Receipt, Record
from runtime.clock import Clock
from schemas.dead_letters import OPENED, How, Settled, encode_settled
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from workers.letters.errors import Overtaken, StillDeciding
from workers.letters.letter import Letter
from workers.topics import DEAD_LETTERS

NAME = "sluice-dead-letters"  # the same for everybody, so that whoever comes later fences whoever came before
PATIENCE = 30.0  # seconds; longer than Kafka lets a transaction of a dead worker stand (`bus.kafka.options`)
LOOK = 0.2  # seconds between two looks


class Desk:
    """Made by `open_desk`. From entering to the next one's entering, nobody else settles anything."""

    def __init__(self, transactions: Transactions, reader: Reader, *, signer: Signer, clock: Clock) -> None:
        self._transactions = transactions
        self._reader = reader
        self._signer = signer
        self._clock = clock

    async def open(self, partition: int) -> int:
        """Returns the offset before which everything of a partition of the dead letters is decided and can be read.

        What was settled a moment ago is hidden from readers for as long as an older transaction stands, be it of a
        worker that was killed. So a record is written, and waited for: once it is seen, so is all that lies before it.

        Raises:
            StillDeciding: It cannot be seen.
            Overtaken: Somebody else has begun.
        """
        at = Partition(DEAD_LETTERS, partition)
        (written,) = await self._commit([await self._note(partition, key=b"", kind=OPENED, body=b"{}")])
        end = self._clock.monotonic() + PATIENCE
        while not await self._reader.read(at, written.offset, limit=1):
            if self._clock.monotonic() > end:
                raise StillDeciding(partition)
            await asyncio.sleep(LOOK)
        return written.offset

    async def settle(self, letters: Sequence[Letter], how: How, *, with_: Sequence[Record] = ()) -> Sequence[Receipt]:
        """The letters are settled, and `with_` is written; returns where that lies.

        Raises:
            Overtaken: Somebody else has begun; nothing was written.
            DeliveryFailed: A record is refused for good; nothing was written.
        """
        notes = [await self._settled(letter, how) for letter in letters]
        return (await self._commit([*with_, *notes]))[: len(with_)]

    async def _commit(self, records: Sequence[Record]) -> Sequence[Receipt]:
        try:
            return await self._transactions.commit(records)
        except CommitLost as error:
            raise Overtaken from error

    async def _settled(self, letter: Letter, how: How) -> Record:
        place = letter.place
        body = encode_settled(Settled(partition=place.partition, offset=place.offset, how=how))
        return await self._note(place.partition, key=letter.record.key or b"", kind=Settled.type, body=body)

    async def _note(self, partition: int, *, key: bytes, kind: str, body: bytes) -> Record:
        envelope = Envelope(
            id=self._clock.random(16).hex(),
            source="/sluice/dead-letters",
            type=kind,
            time=self._clock.now_ms(),
            caller=Caller(user_id=_who(), tier="operator"),
        )
        headers = envelope.headers(topic=DEAD_LETTERS, key=key, body=body, signer=self._signer)
        steer = _key_of(partition, await self._reader.partitions(DEAD_LETTERS))
        return Record(topic=DEAD_LETTERS, key=key, value=body, headers=headers, partition_key=steer)


@asynccontextmanager
async def open_desk(bus: Bus, reader: Reader, *, signer: Signer, clock: Clock) -> AsyncIterator[Desk]:
    """The desk, from which whoever was at it before is sent away."""
    async with bus.transactions(name=NAME) as transactions:
        yield Desk(transactions, reader, signer=signer, clock=clock)


def _key_of(partition: int, count: int) -> bytes:
    """A key that chooses the partition: a letter without a key lies anywhere, and what settles it must lie beside it."""
    return next(key for key in (b"%d" % n for n in itertools.count()) if partition_of(key, count) == partition)


def _who() -> str:
    """Whoever runs the process, so that the log says who settled what."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
