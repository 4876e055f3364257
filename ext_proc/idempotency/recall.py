"""Reads again what was marked of a request with many records: the log keeps it, and no process has to."""

from collections.abc import AsyncIterator

from bus.errors import BusUnavailable
from bus.ports import Bus
from bus.records import Partition
from ext_proc.idempotency.entry import Entry, after
from ext_proc.idempotency.table import Kept, read
from schemas.idempotency import Marked
from schemas.signature import Signer

AT_ONCE = 500  # records


async def recall(bus: Bus, *, kept: Kept, signer: Signer, name: bytes, entry: Entry) -> AsyncIterator[Marked]:
    """The marks that make up the progress of a key, in order: those that counted when they came, by the same rule.

    Raises:
        BusError: They cannot be read, or not any more.
    """
    number, offset = entry.began
    partition, last = Partition(kept.topic, number), entry.progress.offset if entry.progress else -1
    known: Entry | None = None
    async with bus.reader() as reader:
        while offset <= last:
            records = await reader.read(partition, offset, limit=AT_ONCE)
            if not records:
                raise BusUnavailable(doing="reading what was marked")
            for record in records:
                offset = record.offset + 1
                found = read(record, signer=signer) if record.offset <= last else None
                if found is None or found[0] != name or found[1] is None:
                    continue
                said = found[1]
                before, known = known, after(known, said, at=record.timestamp, terms=kept.terms)
                if isinstance(said, Marked) and _further(before, known):
                    yield said


def _further(before: Entry | None, known: Entry | None) -> bool:
    progress = known.progress if known else None
    return progress is not None and progress != (before.progress if before else None)
