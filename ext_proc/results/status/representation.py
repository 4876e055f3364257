"""A state as a client gets it: JSON, and a validator that changes if and only if the JSON does."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Self

import orjson

from ext_proc.results.reader.prospects import Prospect
from ext_proc.results.status.state import State

ERROR = "error"


@dataclass(frozen=True, slots=True)
class Representation:
    """A JSON document and its entity tag; `final` says that neither can change any more.

    The tag is strong (RFC 9110, 8.8.1), and made of the bytes alone: it is the same on every replica, and whether
    the result was read from the topic of events or, later, from the topic of answers. Where a query stands that waits
    follows in it after a dot, so that a client who waits for another state can be told from one who has this place.
    """

    body: bytes
    etag: str
    final: bool

    @classmethod
    def of(cls, state: State, *, query_id: str, prospect: Prospect | None = None) -> Self:
        """The state of that query, and how it stands with it."""
        document = {"query_id": query_id, "status": state.status, **_outcome(state)}
        tag = _digest(orjson.dumps(document))
        if prospect is not None:
            document |= prospect.members()
            tag = ".".join((tag, *map(str, prospect.members().values())))
        return cls(orjson.dumps(document), f'"{tag}"', state.final)


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
