"""Event ids of a whole topic."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format.vector import Vector

_OFFSETS = st.integers(0, 2**63 - 1)


@given(st.lists(_OFFSETS, min_size=1, max_size=200).map(tuple))
def test_round_trip(offsets: tuple[int, ...]) -> None:
    """Every place is read back as it was written, exactly."""
    assert Vector(offsets) == Vector.parse(str(Vector(offsets)))


@given(st.integers(0, 2**50), st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_round_trip_close(least: int, excesses: list[int]) -> None:
    """So is one whose partitions have grown alike, as they do."""
    place = Vector(tuple(least + excess for excess in excesses))
    assert place == Vector.parse(str(place))


@given(st.binary(max_size=80))
def test_garbage(data: bytes) -> None:
    """Whatever is accepted is exactly what would be written, so that one place has one id."""
    text = "v2." + base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    place = Vector.parse(text)
    assert place is None or str(place) == text


@given(st.lists(_OFFSETS, min_size=1, max_size=20).map(tuple), st.data())
def test_a_changed_one(offsets: tuple[int, ...], data: st.DataObject) -> None:
    """Cut short or lengthened it is none; with a letter changed it is none, or another that is as exact."""
    text = str(Vector(offsets))
    assert Vector.parse(text[: data.draw(st.integers(0, len(text) - 1))]) is None
    assert Vector.parse(text + "A") is None
    at = data.draw(st.integers(3, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from("AZaz09-_")) + text[at + 1 :]
    place = Vector.parse(changed)
    assert place is None or str(place) == changed


@pytest.mark.parametrize(
    "text", ["", "v2.", "v2", "v2.A", "v2.AAAA", "v2.=", "V2.AQAA", "v2.AQAA ", "v2.AQAA\n", "v2.é"]
)
def test_malformed(text: str) -> None:
    """Anything else is not an id."""
    assert Vector.parse(text) is None


@pytest.mark.parametrize("data", [b"\x80" * 40_000, b"\xff" * 40_000, b"\x90\x4e" + b"\x00" * 40_000])
def test_long_garbage(data: bytes) -> None:
    """What is as long as a header may be is refused, and soon."""
    assert Vector.parse("v2." + base64.urlsafe_b64encode(data).decode()) is None


def test_one_text() -> None:
    """The smallest there is."""
    assert str(Vector((0,))) == "v2.AQAA"
    assert Vector.parse("v2.AQAA") == Vector((0,))


@pytest.mark.parametrize(
    ("partitions", "apart", "size"),
    [(1, 1, 16), (6, 1_000, 28), (64, 1_000, 124), (64, 100_000, 200), (64, 10**6, 240), (64, 2**62, 690)],
)
def test_size(partitions: int, apart: int, size: int) -> None:
    """As long as is documented, wherever the partitions stand."""
    chance = random.Random(partitions)
    for _ in range(200):
        least = chance.randrange(2**40)
        offsets = (least, least + apart, *(least + chance.randrange(apart) for _ in range(partitions)))[:partitions]
        assert len(str(Vector(offsets))) <= size
