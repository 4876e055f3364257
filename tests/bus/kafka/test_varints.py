"""Numbers are written as kafka-python writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.util import encode_varint

from bus.kafka.varints import unsigned, varint


@given(number=st.integers(min_value=-(2**62), max_value=2**62) | st.integers(min_value=-2, max_value=4096))
def test_a_signed_number_is_kafka_pythons(number: int) -> None:
    """Of any size and sign, and on both sides of what is kept."""
    expected = bytearray()
    encode_varint(number, expected.append)
    assert varint(number) == bytes(expected)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (16384, b"\x80\x80\x01")],
)
def test_a_length_has_seven_bits_a_byte(number: int, expected: bytes) -> None:
    """The examples of protocol buffers' documentation."""
    assert unsigned(number) == expected
