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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run.

    Attributes:
        seconds: Of each slice.
        rounds: In each, every contender is measured at full rate and at the fixed one.
        rate: The fixed one, in requests a second.
        connections: Open at once, at either rate.
        questions: Asked one after the other, and again several at once.
        at_once: How many that is.
        streams: Open result streams, one slice each.
        events: Written a second to the streams together.
        document: Where the report goes.
    """

    seconds: float = 8.0
    rounds: int = 5
    rate: float = 200.0
    connections: int = 32
    questions: int = 100
    at_once: int = 4
    streams: tuple[int, ...] = (100, 500)
    events: float = 200.0
    document: Path = DOCUMENT

    @property
    def whole(self) -> bool:
        """Whether the figures are worth keeping: nothing was shortened."""
        return self.seconds >= Plan().seconds and self.rounds >= Plan().rounds

    @classmethod
    def told(cls, arguments: Sequence[str] | None, *, environ: Mapping[str, str] = os.environ) -> "Plan":
        """The plan that a command line and the environment ask for."""
        whole = cls()
        parser = argparse.ArgumentParser(
            prog="python -m bench", description="Measures Sluice beside a FastAPI service."
        )
        add = parser.add_argument
        add("--seconds", type=float, default=environ.get(SECONDS) or whole.seconds, help=f"of each slice ({SECONDS})")
        add("--rounds", type=int, default=environ.get(ROUNDS) or whole.rounds, help=f"of alternation ({ROUNDS})")
        add("--questions", type=int, default=whole.questions, help="asked for the time to the first delta")
        add("--streams", type=int, nargs="+", default=whole.streams, help="open at once, one slice each")
        add("--document", type=Path, default=whole.document, help="where the report goes")
        told = parser.parse_args(arguments)
        if min(told.seconds, told.rounds, told.questions, *told.streams) <= 0:
            parser.error("nothing is measured in no time")
        return cls(**{**vars(told), "streams": tuple(told.streams)})
