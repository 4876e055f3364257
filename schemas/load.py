"""What a worker says of its load, about once a second: how much waits for it, and how fast it works."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import orjson

from schemas.errors import Malformed

MARKS = 32
"""Of one lane at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLoad:
    """One tier's queries at one worker.

    Attributes:
        waiting: Records that were read and not begun.
        in_work: Records that were begun.
        marks: When some of those that wait were asked (ms since the epoch), evenly spread from the first to the last in
            the order of their turns; all of them where they are few.
    """

    waiting: int
    in_work: int
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One worker; the record's key is its name.

    Attributes:
        stage: As in metrics.
        concurrency: Records in work at most.
        seconds: That one record takes, on average of late; 0 where none has been handled.
        behind: Records of its partitions that it has not read yet.
        lanes: By tier.
        leaving: It stops, and says no more.
    """

    type: ClassVar[str] = "sluice.worker.load.v1"
    stage: str
    concurrency: int
    seconds: float
    behind: int
    lanes: Mapping[str, LaneLoad]
    leaving: bool = False


def encode_load(load: Load) -> bytes:
    """One line of JSON."""
    return orjson.dumps(asdict(load))


def decode_load(body: bytes) -> Load:
    """The load in a record's body; what it has beyond ours is ignored.

    Raises:
        Malformed: The body is none.
    """
    try:
        document = orjson.loads(body)
        return Load(
            stage=str(document["stage"]),
            concurrency=int(document["concurrency"]),
            seconds=float(document["seconds"]),
            behind=int(document["behind"]),
            lanes={str(tier): _lane(lane) for tier, lane in document["lanes"].items()},
            leaving=bool(document.get("leaving", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(what="load", reason="it is not JSON of the declared form") from error


def _lane(document: Mapping[str, object]) -> LaneLoad:
    match document:
        case {"waiting": int(waiting), "in_work": int(in_work), "marks": list(marks)}:
            return LaneLoad(waiting=waiting, in_work=in_work, marks=tuple(int(mark) for mark in marks[:MARKS]))
    raise TypeError
