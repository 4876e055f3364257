"""Many places in few bytes."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.places import pack, unpack

PLACE = st.none() | st.tuples(st.integers(0, 200), st.integers(0, 2**62))


@given(st.lists(PLACE, max_size=50))
def test_what_is_packed_comes_out_again(places: list[tuple[int, int] | None]) -> None:
    """In any order, with gaps."""
    assert unpack(pack(places)) == places


def test_a_thousand_take_little() -> None:
    """Those of one upload lie closely together."""
    assert len(pack([(number * 7 % 6, 1_000_000 + number // 6) for number in range(1000)])) < 1500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "AAAA",
        base64.b64encode(zlib.compress(b"{}")).decode(),
        base64.b64encode(zlib.compress(b"[1,2]")).decode(),
    ],
)
def test_anything_else_is_malformed(text: str) -> None:
    """Not base64, not deflated, not JSON, or not of the form."""
    with pytest.raises(Malformed):
        unpack(text)
