"""Answers and headers that several plugins name."""

from collections.abc import Mapping, Sequence
from typing import Any

from ext_proc.described.part import TEXT, Answer, Header, Json

SECONDS: Json = {"type": "integer", "minimum": 0}
RETRY_AFTER = Header(says="Seconds after which it may do better.", schema=SECONDS, always=True)
RETRY: Mapping[str, Header] = {"Retry-After": RETRY_AFTER}
CHALLENGE: Mapping[str, Header] = {
    "WWW-Authenticate": Header(says="What is wrong with the credentials (RFC 6750, 3).", schema=TEXT, always=True)
}
REPLAYED = Header(says="It is the answer of the first request with this key.", schema={"const": "true"})

COUNT: Json = {"type": "integer", "minimum": 0}
RECEIPT: Json = {
    "type": "object",
    "description": "Where the record lies; all in-sync replicas hold it. `timestamp` is in ms since the epoch.",
    "required": ["topic", "partition", "offset", "timestamp"],
    "properties": {"topic": TEXT, "partition": COUNT, "offset": COUNT, "timestamp": COUNT},
}
VIOLATIONS: Json = {
    "type": "array",
    "description": "Every violation at once.",
    "items": {
        "type": "object",
        "required": ["pointer", "detail"],
        "properties": {"pointer": {"type": "string", "pattern": "^#"}, "detail": TEXT},
    },
}

NOT_FOUND = Answer.problem(404, "not-found", "There is no such resource, or it is not the caller's.")
INVALID = Answer.problem(400, "invalid-body", "The body is not as declared.", members={"errors": VIOLATIONS})
BAD_REQUEST = Answer.problem(400, "bad-request", "A part of the request cannot be read.")
NO_SUBJECT = Answer.problem(401, "unauthorized", "There is no good token.", headers=CHALLENGE)
STORING: Sequence[Answer] = (
    Answer.problem(503, "kafka-unavailable", "The log did not take the record in time.", headers=RETRY),
    Answer.problem(503, "busy", "Too much is in flight.", headers=RETRY),
    Answer.problem(413, "record-refused", "The log takes no record of this size."),
)


def members(**schemas: Any) -> Json:
    """An object with all of these members."""
    return {"type": "object", "required": list(schemas), "properties": schemas}
