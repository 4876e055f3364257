"""The headers of every record: CloudEvents in Kafka's binary mode, then who asked, then the proof.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.signature import Signed, Signer

SPEC_VERSION = "1.0"

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

    def headers(self, *, topic: str, key: bytes, body: bytes, signer: Signer) -> tuple[tuple[str, bytes], ...]:
        """The record's headers, each name once; what is empty is left out."""
        signature = signer.sign(
            Signed(topic=topic, key=key, user_id=self.caller.user_id, tier=self.caller.tier, body=body)
        )
        named = (
            ("ce_specversion", SPEC_VERSION),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_time", rfc3339(self.time)),
            ("content-type", self.content_type),
            (USER_ID, self.caller.user_id),
            (TIER, self.caller.tier),
            ("scope", self.caller.scope),
            ("idempotency-key", self.idempotency_key),
            ("traceparent", self.trace.parent),
            ("tracestate", self.trace.state),
            (SIGNATURE, signature),
        )
        return tuple((name, value.encode()) for name, value in named if value)


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
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
