"""What is written: small events, as the generator writes them while a model speaks."""

import time

import orjson

from schemas.envelope import Caller, Envelope
from schemas.events import Delta, event_type
from schemas.signature import Signer

TEXT = "and the water lifts the boat, "
TIER = "enterprise"
SOURCE = "/sluice/bench"


def delta(*, topic: str, key: bytes, owner: str, number: int, signer: Signer) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A record's body, which says when it was made, and its headers."""
    now = time.time_ns()
    body = orjson.dumps({"text": TEXT, "sent": now})
    return body, enveloped(topic=topic, key=key, owner=owner, number=number, body=body, kind=_DELTA, signer=signer)


def question(
    *, topic: str, key: bytes, owner: str, number: int, signer: Signer
) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The record that the gateway would have written for the query, so that its stream is one of a known query."""
    body = orjson.dumps({"question": "What is a weir?", "query_id": key.decode()})
    return body, enveloped(topic=topic, key=key, owner=owner, number=number, body=body, kind=_QUERY, signer=signer)


_DELTA = event_type(Delta.name)
_QUERY = "rag.query.submitted.v1"


def enveloped(
    *, topic: str, key: bytes, owner: str, number: int, body: bytes, kind: str, signer: Signer
) -> list[tuple[str, bytes]]:
    """The headers of a record, signed as Sluice signs."""
    envelope = Envelope(
        id=f"bench-{number}",
        source=SOURCE,
        type=kind,
        time=time.time_ns() // 1_000_000,
        caller=Caller(user_id=owner, tier=TIER),
    )
    return list(envelope.headers(topic=topic, key=key, body=body, signer=signer))
