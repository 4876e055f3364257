"""How long and how much is measured."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.gateways import Variant
from local.commands import ROOT

SECONDS = "BENCH_SECONDS"
ROUNDS = "BENCH_ROUNDS"
DOCUMENT = ROOT / "docs" / "performance.md"
QUESTIONS, ANSWERS, DELTAS, STREAMS, POSTS, BULK, SEARCH = (
    "questions",
    "answers",
    "deltas",
    "streams",
    "posts",
    "bulk",
    "search",
)
PARTS = (QUESTIONS, ANSWERS, DELTAS, STREAMS, POSTS, BULK, SEARCH)
VARIANTS = ("native+librdkafka", "native+kafka-python", "grpcio+kafka-python")

_BURST_STREAMS = 1000
_EVENTS_A_SECOND = 1500
_ANSWERS_A_SECOND = 400
_SPOKEN_A_SECOND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run, which ends within ten minutes on two cores that do nothing else.

    Attributes:
        only: The parts that are measured.
        variants: The gateways that are measured; the system's own is one of them, whatever it is.
        seconds: Of each slice at a fixed rate.
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
        records: Of one bulk upload.
        chunks: In the index that is searched.
        document: Where the report goes, with its coefficients beside it; `None` for nowhere.
    """

    only: tuple[str, ...] = PARTS
    variants: tuple[Variant, ...] = tuple(map(Variant.spelled, VARIANTS))
    seconds: float = 4.0
    rounds: int = 4
    rate: float = 200.0
    connections: int = 32
    questions: int = 40
    at_once: int = 4
    calm: float = 50.0
    streams: tuple[int, ...] = (1000, 5000)
    events: float = 2000.0
    quiet: tuple[int, ...] = (5000,)
    seldom: float = 50.0
    records: int = 30_000
    chunks: int = 100_000
    document: Path | None = DOCUMENT

    @property
    def spell(self) -> float:
        """Seconds of a slice that need not be long to have many."""
        return self.seconds / 2

    @property
    def turns(self) -> int:
        """Rounds of what takes long or hardly spreads: streams, generators, keys, uploads."""
        return max(self.rounds // 2, 1)

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

    @property
    def spoken(self) -> int:
        """Answers that a model streams at once."""
        return max(round(self.seconds * _SPOKEN_A_SECOND), 10)

    @classmethod
    def told(cls, arguments: Sequence[str] | None, *, environ: Mapping[str, str] = os.environ) -> "Plan":
        """The plan that a command line and the environment ask for."""
        whole, parser = cls(), _parser(environ)
        told = parser.parse_args(arguments)
        if min(told.seconds, told.rounds, told.questions, told.records, told.chunks, *told.streams, *told.quiet) <= 0:
            parser.error("nothing is measured in no time")
        lists = {name: tuple(getattr(told, name)) for name in ("only", "streams", "quiet", "variants")}
        partly = lists["only"] != whole.only
        document = told.document or (None if partly else whole.document)
        return cls(**{**vars(told), **lists, "document": document})


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    whole = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measures Sluice beside services that do the same with usual means."
    )
    add = parser.add_argument
    add("--only", nargs="+", choices=PARTS, default=whole.only, help="parts to measure; then no report is written")
    add("--variants", nargs="*", type=Variant.spelled, default=whole.variants, help="gateways: native+librdkafka ...")
    add("--seconds", type=float, default=environ.get(SECONDS) or whole.seconds, help=f"of each slice ({SECONDS})")
    add("--rounds", type=int, default=environ.get(ROUNDS) or whole.rounds, help=f"of alternation ({ROUNDS})")
    add("--questions", type=int, default=whole.questions, help="asked for the time to the first delta")
    add("--streams", type=int, nargs="+", default=whole.streams, help="open at once, with much to read")
    add("--quiet", type=int, nargs="+", default=whole.quiet, help="open at once, with little to read")
    add("--records", type=int, default=whole.records, help="of one bulk upload")
    add("--chunks", type=int, default=whole.chunks, help="in the index that is searched")
    add("--document", type=Path, help="where the report goes")
    return parser
