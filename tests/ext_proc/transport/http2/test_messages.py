"""gRPC messages are the same however DATA frames cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.transport.http2.messages import MessageRefused, Messages, prefixed
from ext_proc.transport.http2.status import Status


@given(st.lists(st.binary(max_size=32)), st.data())
def test_any_split_gives_the_same_messages(messages: list[bytes], data: st.DataObject) -> None:
    """Wherever the bytes are cut; after the last one nothing is held."""
    whole, gathered, at = b"".join(map(prefixed, messages)), Messages(32), 0
    found: list[bytes] = []
    while at < len(whole):
        count = data.draw(st.integers(1, 20))
        found += gathered.feed(whole[at : at + count])
        at += count
    assert messages == found
    assert gathered.whole


def test_half_a_message_is_held() -> None:
    """And counted."""
    gathered = Messages(10)
    assert [] == list(gathered.feed(b"\x00\x00\x00\x00\x02a"))
    assert (False, 6) == (gathered.whole, gathered.held)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x01\x00\x00\x00\x00", Status.UNIMPLEMENTED),
        (b"\x02\x00\x00\x00\x00", Status.INTERNAL),
        (b"\x00\x00\x00\x00\x0b", Status.RESOURCE_EXHAUSTED),
    ],
)
def test_what_is_not_taken_is_refused_by_its_prefix(data: bytes, status: Status) -> None:
    """Compressed, of an unknown flag, and too long."""
    with pytest.raises(MessageRefused) as raised:
        Messages(10).feed(data)
    assert raised.value.status is status
