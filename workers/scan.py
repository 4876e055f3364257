"""Reads a stretch of a partition, record by record."""

from collections.abc import AsyncIterator

from bus.errors import OffsetOutOfRange
from bus.ports import Reader
from bus.records import Partition, Received

AT_ONCE = 500


async def scan(reader: Reader, partition: Partition, *, start: int, end: int) -> AsyncIterator[Received]:
    """The records from `start` on and before `end` that are still held.

    Raises:
        BusUnavailable: No broker answered.
    """
    offset = start
    while offset < end:
        try:
            records = await reader.read(partition, offset, limit=AT_ONCE)
        except OffsetOutOfRange as error:
            if error.earliest <= offset:
                return
            offset = error.earliest
            continue
        for record in records:
            if record.offset >= end:
                return
            yield record
        if not records:
            return
        offset = records[-1].offset + 1
