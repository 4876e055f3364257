"""The headers of every record: CloudEvents in Kafka's binary mode, then who asked, then the proof.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from schemas.signature import Signed, Signer

Headers = tuple[tuple[str, bytes], ...]

SPEC_VERSION = "1.0"
_SPEC = ("ce_specversion", SPEC_VERSION.encode())

USER_ID, TIER, SIGNATURE = PROOF = ("user-id", "user-tier", "identity-sig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """On whose behalf a record was written; workers learn identity here and nowhere else."""

    user_id: str
    tier: str
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """W3C trace context, handed on as it came."""

    parent: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything about a record that is not its body.

    Attributes:
        id: Unique for `source`; the same id is the same event (`ce_id`).
        source: Which part of Sluice wrote it (`ce_source`), as in `/sluice/gateway`.
        type: `rag.query.submitted.v1` and the like (`ce_type`).
        time: Milliseconds since the epoch (`ce_time`).
    """

    id: str
    source: str
    type: str
    time: int
    caller: Caller
    trace: Trace = Trace()
    idempotency_key: str = ""
    content_type: str = "application/json"

    def headers(self, *, topic: str, key: bytes, body: bytes, signer: Signer) -> Headers:
        """The record's headers, each name once; what is empty is left out."""
        head = Letterhead(topic=topic, source=self.source, type=self.type, signer=signer)
        return head.headers(
            id=self.id,
            time=self.time,
            caller=self.caller,
            trace=self.trace,
            idempotency_key=self.idempotency_key,
            content_type=self.content_type,
            key=key,
            body=body,
        )


class Letterhead:
    """What the headers of all records of one type, from one source to one topic, have in common; made once."""

    def __init__(self, *, topic: str, source: str, type: str, signer: Signer) -> None:  # noqa: A002 - as CloudEvents calls it
        self._seal = signer.sealing(topic)
        self._source = ("ce_source", source.encode())
        self._type = ("ce_type", type.encode())

    def headers(
        self,
        *,
        id: str,  # noqa: A002 - as above
        time: int,
        caller: Caller,
        trace: Trace,
        idempotency_key: str,
        content_type: str,
        key: bytes,
        body: bytes,
    ) -> Headers:
        """The headers of one record, as `Envelope.headers` has them."""
        user_id, tier = caller.user_id.encode(), caller.tier.encode()
        named = (
            _SPEC,
            ("ce_id", id.encode()),
            self._source,
            self._type,
            ("ce_time", rfc3339(time).encode()),
            ("content-type", content_type.encode()),
            (USER_ID, user_id),
            (TIER, tier),
            ("scope", caller.scope.encode()),
            ("idempotency-key", idempotency_key.encode()),
            ("traceparent", trace.parent.encode()),
            ("tracestate", trace.state.encode()),
            (SIGNATURE, self._seal.sign(key=key, user_id=user_id, tier=tier, body=body).encode()),
        )
        return tuple([header for header in named if header[1]])


def doubt(
    *, topic: str, key: bytes | None, headers: Sequence[tuple[str, bytes]], body: bytes | None, signer: Signer
) -> str | None:
    """Why a record cannot be taken for one that Sluice wrote; `None` where its signature fits all that it covers."""
    named = dict(headers)
    user_id, tier, signature = (named.get(name, b"").decode("utf-8", "replace") for name in PROOF)
    if key is None or not (user_id and tier and signature):
        return "the record has no key, identity or signature"
    if len(named) != len(headers):
        return "a header is there twice"
    signed = Signed(topic=topic, key=key, user_id=user_id, tier=tier, body=body or b"")
    return None if signer.verify(signed, signature) else "the signature does not fit the record"


def rfc3339(milliseconds: int) -> str:
    """A time as RFC 3339 in UTC with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=16)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
