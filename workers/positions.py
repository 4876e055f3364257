"""Where an index goes on reading `rag.embeddings`, and when it must begin anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from bus.ports import Reader
from bus.records import Partition
from workers.topics import EMBEDDINGS

SAVED_AT = "saved_at"

# A compacted topic keeps the mark of a deletion for a day (`delete.retention.ms`): an index that has not read for
# longer may have missed one, and would go on showing what was deleted.
FRESH_MS = 20 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`start` has every partition; `anew` says that what the index holds does not fit the topic and must go first."""

    start: Mapping[Partition, int]
    anew: bool


def names_of(positions: Mapping[Partition, int], *, now_ms: int) -> dict[str, int]:
    """The positions as an index keeps them."""
    return {f"{at.topic}/{at.number}": offset for at, offset in positions.items()} | {SAVED_AT: now_ms}


async def plan(reader: Reader, stored: Mapping[str, int], *, now_ms: int) -> Plan:
    """Goes on from what is stored, where the topic still holds that.

    Raises:
        BusUnavailable: No broker answered.
    """
    found = [Partition(EMBEDDINGS, number) for number in range(await reader.partitions(EMBEDDINGS))]
    bounds = {at: await reader.bounds(at) for at in found}
    earliest = {at: bound.earliest for at, bound in bounds.items()}
    if not stored:
        return Plan(start=earliest, anew=False)
    positions = {at: stored.get(f"{at.topic}/{at.number}", -1) for at in found}
    held = all(bounds[at].earliest <= offset <= bounds[at].end for at, offset in positions.items())
    if held and now_ms - stored.get(SAVED_AT, 0) <= FRESH_MS:
        return Plan(start=positions, anew=False)
    return Plan(start=earliest, anew=True)
