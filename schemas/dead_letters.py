"""What is written to `rag.dead-letters` beside the letters: what became of one of them."""

from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

import orjson

from schemas.errors import Malformed
from schemas.events import decode

How = Literal["redriven", "dropped"]

OPENED = "sluice.dead-letter.opened.v1"
"""The `ce_type` of a record with which somebody begins to settle letters of its partition; its body says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The letter that lies there is not to be looked at again."""

    type: ClassVar[str] = "sluice.dead-letter.settled.v1"
    partition: int
    offset: int
    how: How


def encode_settled(settled: Settled) -> bytes:
    """One line of JSON."""
    return orjson.dumps(asdict(settled))


def decode_settled(body: bytes) -> Settled:
    """What a record of that type says.

    Raises:
        Malformed: The body is not one.
    """
    try:
        document = decode(body)
    except (ValueError, TypeError) as error:
        raise Malformed(what="settled dead letter", reason="it is not a JSON object") from error
    match document:
        case {"partition": int(partition), "offset": int(offset), "how": "redriven" | "dropped" as how}:
            return Settled(partition=partition, offset=offset, how=how)
    raise Malformed(what="settled dead letter", reason="it is built otherwise")
