"""A measured run with two of everything, and what the coefficients say that it should have come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson

from bench.capacity.measured import Measured
from local.commands import ROOT

PATH = ROOT / "docs" / "scaling.json"
TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What `python -m bench.two` measured.

    Attributes:
        seconds: How long.
        queries: Asked and answered a second.
        chunks: Submitted and indexed a second.
        events: Of an answer's stream, on average.
        cores: That each part used, both of its processes together.
        answered_ms: The median time from a question to its first words.
    """

    seconds: float
    queries: float
    chunks: float
    events: float
    cores: Mapping[str, float]
    answered_ms: float

    @classmethod
    def read(cls, path: Path = PATH) -> Self | None:
        """The last run; `None` where there is none."""
        return cls(**orjson.loads(path.read_bytes())) if path.exists() else None


def predicted(check: Check, measured: Measured) -> dict[str, float]:
    """Cores of each part under that load: what it uses at rest, and what its load costs, wherever that is done.

    Two of a part share its load, but both results servers read every event, and both retrievers index every chunk.
    """
    asked = {part: measured.cores(f"{part}.question_us", check.queries) for part in check.cores}
    besides = {
        "envoy": measured.cores("envoy.post_us", check.chunks),
        "processor": measured.cores("processor.post_us", check.chunks),
        "results": measured.cores("results.unwatched_us", check.queries * check.events),
        "embedder": measured.cores("embedder.chunk_us", check.chunks),
        "retriever": TWO * measured.cores("index.chunk_us", check.chunks),
        "generator": 0.0,
        "broker": measured.cores("broker.chunk_us", check.chunks),
    }
    rest = {part: measured[f"{part}.idle_cores"] * (1 if part in {"envoy", "broker"} else TWO) for part in check.cores}
    return {part: rest[part] + asked[part] + besides[part] for part in check.cores}
