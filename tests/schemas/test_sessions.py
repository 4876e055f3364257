"""What the topic of sessions says."""

import orjson
import pytest

from schemas.sessions import Session, StreamRenewed, TicketSpent, decode_session, encode_session
from schemas.validator import SchemaValidators

SPENT = TicketSpent(holder="h", issued_at=1, until=2)
ONE_OF_EACH: list[Session] = [
    SPENT,
    StreamRenewed(topic="rag.results", key="k", expires=1.5),
    StreamRenewed(topic="orders", key=None, expires=0),
]


@pytest.mark.parametrize("session", ONE_OF_EACH)
def test_it_is_read_as_it_was_written(session: Session) -> None:
    """And as its schema has it."""
    body = encode_session(session)
    assert session == decode_session(session.type, body)
    schema = session.type.removeprefix("sluice.").removesuffix(".v1").replace(".", "-")
    assert list(SchemaValidators.load().get(schema).violations(orjson.loads(body))) == []


def test_what_is_not_known_is_passed_over() -> None:
    """A later version may write other types, and further members."""
    assert decode_session("sluice.ticket.spent.v2", b"anything") is None
    assert decode_session("", b"anything") is None
    assert SPENT == decode_session(SPENT.type, b'{"holder":"h","issued_at":1,"until":2,"more":3}')


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (TicketSpent.type, b"not json"),
        (TicketSpent.type, b"[]"),
        (TicketSpent.type, b"{}"),
        (TicketSpent.type, b'{"holder":1,"issued_at":1,"until":2}'),
        (StreamRenewed.type, b'{"topic":"t","expires":1}'),
        (StreamRenewed.type, b'{"topic":"t","key":"k","expires":"1"}'),
    ],
)
def test_what_is_not_as_its_type_says_is_an_error(kind: str, body: bytes) -> None:
    """Of the two that the reader expects."""
    with pytest.raises((ValueError, TypeError)):
        decode_session(kind, body)
