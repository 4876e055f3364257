"""How much a system with two of everything is asked."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.capacity.check import PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run; what two cores can do with a local model, and still be idle for a part of the time.

    Attributes:
        seconds: How long.
        queries: Asked a second, whether or not those before are answered.
        chunks: Submitted a second.
        document: Where the figures go; docs/scaling.md follows from them.
    """

    seconds: float = 30.0
    queries: float = 4.0
    chunks: float = 4.0
    document: Path = PATH

    @classmethod
    def told(cls, arguments: Sequence[str] | None) -> "Plan":
        """The plan that a command line asks for."""
        whole = cls()
        parser = argparse.ArgumentParser(prog="python -m bench.two", description=__doc__)
        parser.add_argument("--seconds", type=float, default=whole.seconds, help="how long")
        parser.add_argument("--queries", type=float, default=whole.queries, help="asked a second")
        parser.add_argument("--chunks", type=float, default=whole.chunks, help="submitted a second")
        parser.add_argument("--document", type=Path, default=whole.document, help="where the figures go")
        told = parser.parse_args(arguments)
        if min(told.seconds, told.queries, told.chunks) <= 0:
            parser.error("nothing is measured of nothing")
        return cls(**vars(told))
