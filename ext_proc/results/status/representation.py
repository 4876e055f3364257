"""A state as a client gets it: JSON, and a validator that changes if and only if the JSON does."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Self

import orjson

from ext_proc.results.status.state import State

ERROR = "error"


@dataclass(frozen=True, slots=True)
class Representation:
    """A JSON document and its entity tag; `final` says that neither can change any more.

    The tag is strong (RFC 9110, 8.8.1), and made of the bytes alone: it is the same on every replica, and whether
    the result was read from the topic of events or, later, from the topic of answers.
    """

    body: bytes
    etag: str
    final: bool

    @classmethod
    def of(cls, state: State, *, query_id: str) -> Self:
        """The state of that query."""
        body = orjson.dumps({"query_id": query_id, "status": state.status, **_outcome(state)})
        return cls(body, f'"{_digest(body)}"', state.final)


def _outcome(state: State) -> dict[str, Any]:
    """A result's own members; a problem as a member of its own, because it has a `status` too, of HTTP."""
    if state.value is None:
        return {}
    document = _document(state.value)
    if state.status == ERROR:
        return {"error": document}
    return document if isinstance(document, dict) and "status" not in document else {"result": document}


def _document(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:  # possible where a topic takes records that Sluice has not written
        return value.decode("utf-8", "replace")


def _digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(body, digest_size=15).digest()).decode()
