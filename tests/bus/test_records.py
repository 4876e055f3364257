"""Records, and their headers."""

import pytest

from bus.records import Commit, Partition, Received, with_headers


def test_a_received_record_knows_its_partition_and_headers() -> None:
    """The partition is topic and number; a header is text, and one that is not UTF-8 is still shown."""
    record = Received(
        topic="t", partition=2, offset=5, timestamp=0, key=None, value=b"v", headers=(("a", b"x"), ("b", b"\xff"))
    )
    assert Partition("t", 2) == record.at
    assert [record.header(name) for name in ("a", "b", "c")] == ["x", "\ufffd", None]


def test_setting_headers_keeps_each_name_once() -> None:
    """A new value replaces the old one where it stood."""
    base = (("a", b"1"), ("b", b"2"))
    assert with_headers(base, [("a", "3"), ("c", "4")]) == (("a", b"3"), ("b", b"2"), ("c", b"4"))


def test_a_note_is_bounded_in_bytes() -> None:
    """What Kafka would refuse cannot be made."""
    assert Commit(1, "é" * 2048).offset == 1
    with pytest.raises(ValueError, match="a note of 4098 bytes"):
        Commit(1, "é" * 2049)
