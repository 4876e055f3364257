"""Where a dead letter lies: how people name it."""

from typing import NamedTuple


class Place(NamedTuple):
    """A partition of the dead letters, and an offset in it."""

    partition: int
    offset: int

    def __str__(self) -> str:
        """As it is typed and shown."""
        return f"{self.partition}:{self.offset}"


def place_of(text: str) -> Place:
    """The place that `PARTITION:OFFSET` names.

    Raises:
        ValueError: It names none.
    """
    partition, _, offset = text.partition(":")
    if not (partition.isdecimal() and offset.isdecimal()):
        msg = f"{text!r} is no PARTITION:OFFSET"
        raise ValueError(msg)
    return Place(int(partition), int(offset))
