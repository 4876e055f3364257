"""Everything that one run measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.answers.figures import AnswerFigures, Spoken
from bench.bulk.figures import Upload
from bench.posts import Round
from bench.processes import Memory
from bench.questions import Asked
from bench.search import Search
from bench.streams.figures import StreamFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run; empty where a part was not asked for.

    Attributes:
        own: The gateway that the system is declared with, which is measured where others are not.
        idle: Cores that each process uses with nothing to do.
        rest: What each process holds before any load.
        after: What each that took part in the POSTs holds after them.
        asked: Questions, by how many were asked at once.
        embedding: CPU microseconds of each process for a chunk of the library.
        answers: One generator's, with transactions and without.
        spoken: One generator's while a model speaks.
        streams: Everything about streams of results.
        posts: The rounds of each contender.
        bulk: The uploads of each gateway, and the peer's single POSTs in the same rounds.
        search: What it takes to find passages among many.
        load: The machine's load average before and after the run.
    """

    own: str
    idle: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, Memory] = field(default_factory=dict)
    after: Mapping[str, Memory] = field(default_factory=dict)
    asked: Mapping[int, Asked] = field(default_factory=dict)
    embedding: Mapping[str, float] = field(default_factory=dict)
    answers: AnswerFigures | None = None
    spoken: Sequence[Spoken] = ()
    streams: StreamFigures | None = None
    posts: Mapping[str, Sequence[Round]] = field(default_factory=dict)
    bulk: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    search: Search | None = None
    load: tuple[float, float] = (0.0, 0.0)
