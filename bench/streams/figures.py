"""What was measured of the streams of all contenders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.processes import Memory
from bench.stats import micros
from bench.streams.crowd import Spell

T = TypeVar("T")
Per = Mapping[str, Sequence[T]]
"""By contender, round by round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many open streams, and so many events a second to all of them together."""

    streams: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """What a contender's processes held before and after streams were opened that nothing was sent to.

    Attributes:
        cpu: Seconds by process, for opening them.
    """

    before: Mapping[str, Memory]
    after: Mapping[str, Memory]
    cpu: Mapping[str, float]
    opened: int
    streams: int

    def kilobytes(self, *names: str) -> float:
        """Of one stream, in those processes together."""
        grown = sum(self.after[name].proportional - self.before[name].proportional for name in names)
        return grown * 1000 / self.opened

    def opening(self, name: str) -> float:
        """Microseconds of CPU for opening one, in one process."""
        return micros(self.cpu[name], self.opened)

    @property
    def whole(self) -> float:
        """MB, of all processes, with all streams open."""
        return sum(held.proportional for held in self.after.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFigures:
    """All by contender.

    Attributes:
        loads: The spells of each load, one for each round.
        bursts: The spells in which records were written as fast as Kafka took them, and to how many streams.
        unwatched: Microseconds of CPU of the server in Python for a record that nobody watches, round by round.
    """

    loads: Mapping[Load, Per[Spell]]
    bursts: Per[Spell]
    burst_streams: int
    unwatched: Per[float]
    idle: Mapping[str, Idle]
