"""What the gateway answers to an upload: a line for each chunk, in order, and a last one where it took no more."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from demo.errors import Refused
from demo.load.errors import Unreadable

ACCEPTED = 202

_LONGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to one chunk; `problem` is all that was said."""

    line: int
    status: int
    problem: Mapping[str, Any]

    @property
    def is_taken(self) -> bool:
        """Whether the chunk is stored."""
        return self.status == ACCEPTED

    @property
    def reason(self) -> str:
        """Why it is not, in one line."""
        return str(Refused(status=self.status, problem=self.problem))


class Ended(Exception):
    """The gateway took no more of an upload, and said why; what has had no receipt is to be sent again."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        status = problem.get("status")
        said = Refused(status=status if isinstance(status, int) else 500, problem=problem)
        super().__init__(f"the upload was {said}")
        self.problem = problem


async def receipts(pieces: AsyncIterable[bytes]) -> AsyncGenerator[Sequence[Receipt], None]:
    """The receipts, as many at once as came at once.

    Raises:
        Ended: The gateway takes no more.
        Unreadable: It says something else, or leaves out a line.
    """
    rest, expected = b"", 1
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST:
            raise Unreadable(said=rest, expected=expected)
        known, failure = _parsed(lines, expected=expected)
        expected += len(known)
        if known:
            yield known
        if failure:
            raise failure


def _parsed(lines: Sequence[bytes], *, expected: int) -> tuple[Sequence[Receipt], Ended | Unreadable | None]:
    """What comes before something else counts, so both are told."""
    known: list[Receipt] = []
    try:
        for line in filter(bytes.strip, lines):
            known.append(_receipt(_object(line, expected=expected + len(known)), expected=expected + len(known)))
    except (Ended, Unreadable) as error:
        return known, error
    return known, None


def _object(line: bytes, *, expected: int) -> Mapping[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreadable(said=line, expected=expected) from error
    if not isinstance(found, dict):
        raise Unreadable(said=line, expected=expected)
    return found


def _receipt(found: Mapping[str, Any], *, expected: int) -> Receipt:
    if "line" not in found:
        raise Ended(found)
    line, status = found["line"], found.get("status")
    if line != expected or not isinstance(status, int):
        raise Unreadable(said=orjson.dumps(found), expected=expected)
    return Receipt(line=line, status=status, problem=found)
