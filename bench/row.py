"""One line of the table."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.stats import Spread

HEAD = ("", "Sluice", "the peer", "Sluice / peer", "expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Empty where there is nothing to compare."""

    what: str
    sluice: str
    peer: str = ""
    ratio: str = ""
    expected: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `HEAD`."""
        return self.what, self.sluice, self.peer, self.ratio, self.expected


def compared(what: str, ours: Sequence[float], theirs: Sequence[float], form: str, expected: str = "") -> Row:
    """A figure of both, round by round, with the ratio of the medians."""
    sluice, peer = Spread.of(ours), Spread.of(theirs)
    ratio = f"{sluice.median / peer.median:.2f}" if peer.median else ""
    return Row(what=what, sluice=shown(sluice, form), peer=shown(peer, form), ratio=ratio, expected=expected)


def only_ours(what: str, ours: Sequence[float], form: str, expected: str = "") -> Row:
    """A figure that the peer does not have."""
    return Row(what=what, sluice=shown(Spread.of(ours), form), expected=expected)


def shown(spread: Spread, form: str) -> str:
    """The median and, where there were several rounds, the lowest and highest."""
    median, low, high = (form.format(value) for value in (spread.median, spread.low, spread.high))
    return median if low == median == high else f"{median} ({low}-{high})"
