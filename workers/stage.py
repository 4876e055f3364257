"""What a stage is, as the loop sees it."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bus.records import Partition, Receipt, Received, Record
from workers.errors import StageError


class Stage(Protocol):
    """Turns one record into the records that follow from it.

    The loop writes what `handle` returns, in order, and moves the record's offset once all of it is acknowledged.
    So a stage decides and the loop makes it last: where it lands, and with what, is changed in one place.
    """

    name: str
    """As in metrics, and on the command line."""

    topics: tuple[str, ...]
    """What it reads."""

    final: bool
    """A second copy of what follows from a record would show; see `workers.outcome`. What is given up always is."""

    async def handle(self, record: Received) -> Sequence[Record]:
        """Returns what follows from a record whose signature was verified; nothing, where there is nothing to do.

        Records of one key are handled one after another, in order; others at the same time.

        Raises:
            Poison: The record can never be handled.
            Transient: It may be handled later; it comes again.
            BusError: Kafka is away; it comes again, however long that takes.
        """

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """While it is open, `call` is called once the record is wanted no more: then `handle` has little left to do.

        A record that rests until its next try is handled at once when that comes.
        """

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """What is written beside the dead letter of a record, so that whoever waits for it hears of it."""

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """A record that `handle` or `given_up` returned is acknowledged; no receipt where that was found out later."""

    async def landed(self, record: Record) -> bool:
        """Whether a record whose delivery was not acknowledged is on its topic after all; asked before it is sent again."""

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """These are newly ours; their first record comes after this returns."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """These have left, and nothing of them is in work."""
