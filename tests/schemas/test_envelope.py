"""The headers of every record."""

from dataclasses import replace

import pytest

from schemas.envelope import Caller, Envelope, Trace, rfc3339
from schemas.signature import Signed, Signer
from schemas.validator import SchemaValidators

SIGNER = Signer("a key of at least thirty-two bytes")
ENVELOPE = Envelope(
    id="0190a6e0-0000-7000-8000-000000000000",
    source="/sluice/gateway",
    type="rag.query.submitted.v1",
    time=1769860800123,
    caller=Caller(user_id="zo\u00eb", tier="standard", scope="proxy:publish"),
    trace=Trace(parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state="a=b"),
    idempotency_key="once",
)


def headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    return list(envelope.headers(topic="rag.queries", key=b"k", body=b"{}", signer=SIGNER))


def test_every_header_is_there_once_and_in_order() -> None:
    """The names of the contract, each with one value."""
    expected = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type", "user-id", "user-tier"]
    expected += ["scope", "idempotency-key", "traceparent", "tracestate", "identity-sig"]

    assert expected == [name for name, _ in headers(ENVELOPE)]


def test_headers_follow_their_schema() -> None:
    """What is written is what `headers.schema.json` promises to readers."""
    document = {name: value.decode() for name, value in headers(ENVELOPE)}

    assert tuple(SchemaValidators.load().get("headers").violations(document)) == ()
    assert document["user-id"] == "zo\u00eb"


def test_what_is_empty_is_left_out() -> None:
    """No header has an empty value: absent is absent."""
    bare = replace(ENVELOPE, caller=Caller(user_id="alice", tier="free"), trace=Trace(), idempotency_key="")

    assert not {"scope", "idempotency-key", "traceparent", "tracestate"} & {name for name, _ in headers(bare)}


def test_the_signature_covers_the_record() -> None:
    """A worker with the same key can verify who asked."""
    signed = Signed(topic="rag.queries", key=b"k", user_id="zo\u00eb", tier="standard", body=b"{}")

    assert SIGNER.verify(signed, dict(headers(ENVELOPE))["identity-sig"].decode())


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(0, "1970-01-01T00:00:00.000Z"), (1769860800123, "2026-01-31T12:00:00.123Z"), (999, "1970-01-01T00:00:00.999Z")],
)
def test_time_is_written_in_utc(milliseconds: int, expected: str) -> None:
    """RFC 3339 with milliseconds, whatever the machine's time zone."""
    assert expected == rfc3339(milliseconds)
