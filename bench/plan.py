"""How long and how much is measured."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.commands import ROOT

SECONDS = "BENCH_SECONDS"
ROUNDS = "BENCH_ROUNDS"
DOCUMENT = ROOT / "docs" / "performance.md"
QUESTIONS, ANSWERS, STREAMS, POSTS = "questions", "answers", "streams", "posts"
PARTS = (QUESTIONS, ANSWERS, STREAMS, POSTS)

_BURST_STREAMS = 1000
_EVENTS_A_SECOND = 1500
_ANSWERS_A_SECOND = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run.

    Attributes:
        only: The parts that are measured.
        seconds: Of each slice.
        rounds: In each, every contender is measured at full rate and at the fixed one.
        rate: The fixed one, in requests a second.
        connections: Open at once, at either rate.
        questions: Asked one after the other, and again several at once.
        at_once: How many that is.
        calm: Contexts a second for a generator with little to do.
        streams: Open result streams, to which `events` a second are written together.
        events: See there.
        quiet: Open result streams, to which `seldom` a second are written together.
        seldom: See there.
        document: Where the report goes; `None` for nowhere.
    """

    only: tuple[str, ...] = PARTS
    seconds: float = 7.0
    rounds: int = 4
    rate: float = 200.0
    connections: int = 32
    questions: int = 100
    at_once: int = 4
    calm: float = 50.0
    streams: tuple[int, ...] = (100, 1000, 5000)
    events: float = 2000.0
    quiet: tuple[int, ...] = (500, 5000)
    seldom: float = 50.0
    document: Path | None = DOCUMENT

    @property
    def whole(self) -> bool:
        """Whether the figures are worth keeping: nothing was shortened."""
        return self.seconds >= Plan().seconds and self.rounds >= Plan().rounds and self.only == PARTS

    @property
    def spell(self) -> float:
        """Seconds of a slice at `events` a second, which need not be long to have many."""
        return self.seconds / 2

    @property
    def turns(self) -> int:
        """Rounds of the slices of streams, and of generators."""
        return self.rounds // 2 + 1

    @property
    def most_streams(self) -> int:
        """Open at once of each contender, in the end."""
        return max(*self.streams, *self.quiet)

    @property
    def burst_streams(self) -> int:
        """Open while records are written as fast as Kafka takes them."""
        return max((count for count in self.streams if count <= _BURST_STREAMS), default=min(self.streams))

    @property
    def burst(self) -> int:
        """Records of a burst, and of those that nobody watches."""
        return max(round(self.spell * 2 * _EVENTS_A_SECOND), 10)

    @property
    def backlog(self) -> int:
        """Contexts that wait for a generator."""
        return max(round(self.seconds * _ANSWERS_A_SECOND), 10)

    @classmethod
    def told(cls, arguments: Sequence[str] | None, *, environ: Mapping[str, str] = os.environ) -> "Plan":
        """The plan that a command line and the environment ask for."""
        whole = cls()
        parser = argparse.ArgumentParser(
            prog="python -m bench", description="Measures Sluice beside services that do the same with usual means."
        )
        add = parser.add_argument
        add("--only", nargs="+", choices=PARTS, default=whole.only, help="parts to measure; then no report is written")
        add("--seconds", type=float, default=environ.get(SECONDS) or whole.seconds, help=f"of each slice ({SECONDS})")
        add("--rounds", type=int, default=environ.get(ROUNDS) or whole.rounds, help=f"of alternation ({ROUNDS})")
        add("--questions", type=int, default=whole.questions, help="asked for the time to the first delta")
        add("--streams", type=int, nargs="+", default=whole.streams, help="open at once, with much to read")
        add("--quiet", type=int, nargs="+", default=whole.quiet, help="open at once, with little to read")
        add("--document", type=Path, help="where the report goes")
        told = parser.parse_args(arguments)
        if min(told.seconds, told.rounds, told.questions, *told.streams, *told.quiet) <= 0:
            parser.error("nothing is measured in no time")
        lists = {name: tuple(getattr(told, name)) for name in ("only", "streams", "quiet")}
        partly = lists["only"] != whole.only
        document = told.document or (None if partly else whole.document)
        return cls(**{**vars(told), **lists, "document": document})
