"""What waits is bounded twice, and a bound that was reached is left behind a little before reading goes on."""

from dataclasses import dataclass

import pytest

from workers.window import Window


@dataclass(frozen=True)
class Waits:
    """So many records of so many bytes."""

    count: int
    bytes: int

    def __len__(self) -> int:
        return self.count


WINDOW = Window(records=160, size=1600)


@pytest.mark.parametrize(
    ("waits", "full", "room"),
    [
        (Waits(0, 0), False, True),
        (Waits(150, 1500), False, True),
        (Waits(159, 0), False, False),
        (Waits(0, 1599), False, False),
        (Waits(160, 0), True, False),
        (Waits(1, 1600), True, False),
    ],
)
def test_whichever_bound_comes_first_counts(waits: Waits, *, full: bool, room: bool) -> None:
    """Between the two marks nothing changes: what reads goes on reading, and what is paused stays paused."""
    assert (WINDOW.is_full(waits), WINDOW.has_room(waits)) == (full, room)


def test_the_smallest_window_has_room_again() -> None:
    """Once it is empty."""
    assert Window(records=1, size=1).has_room(Waits(0, 0))
