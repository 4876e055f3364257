"""What the topic of idempotency keys says."""

import orjson
import pytest

from schemas.errors import Malformed
from schemas.idempotency import (
    Claimed,
    Fulfilled,
    Origin,
    Released,
    Said,
    Written,
    decode_idempotency,
    encode_idempotency,
)

ORIGIN = Origin(fingerprint=b"f" * 16, unique=b"u" * 24, received_at=1_700_000_000_000)
FULFILLED = Fulfilled(
    holder=b"h" * 24, origin=ORIGIN, written=Written(topic="rag.queries", partition=1, offset=2, timestamp=3)
)
ONE_OF_EACH: list[Said] = [Claimed(holder=b"h" * 24, origin=ORIGIN), FULFILLED, Released(holder=b"h" * 24)]


@pytest.mark.parametrize("said", ONE_OF_EACH)
def test_it_is_read_as_it_was_written(said: Said) -> None:
    """Every member survives, and what a later version adds is passed over."""
    body = encode_idempotency(said)
    assert decode_idempotency(body) == said
    assert decode_idempotency(body[:-1] + b',"later":1}') == said


def test_another_type_is_passed_over() -> None:
    """A later version may write one."""
    assert decode_idempotency(b'{"type":"sluice.idempotency.claimed.v2"}') is None


@pytest.mark.parametrize("member", ["type", "holder", "fingerprint", "unique", "received_at", "written"])
def test_a_body_that_lacks_a_member_is_malformed(member: str) -> None:
    """Nothing of it is used."""
    document = orjson.loads(encode_idempotency(FULFILLED))
    del document[member]
    with pytest.raises(Malformed):
        decode_idempotency(orjson.dumps(document))


@pytest.mark.parametrize(
    "change", [{"holder": "no hex"}, {"received_at": "1"}, {"unique": 1}, {"written": {"topic": "t"}}]
)
def test_a_member_of_another_form_is_malformed(change: dict[str, object]) -> None:
    """As above."""
    document = orjson.loads(encode_idempotency(FULFILLED)) | change
    with pytest.raises(Malformed):
        decode_idempotency(orjson.dumps(document))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null"])
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    """As above."""
    with pytest.raises(Malformed):
        decode_idempotency(body)
