"""Tests of what workers say of their load."""

import pytest

from schemas.errors import Malformed
from schemas.load import MARKS, LaneLoad, Load, decode_load, encode_load

LOAD = Load(
    stage="generator",
    concurrency=64,
    seconds=1.5,
    behind=3,
    lanes={"free": LaneLoad(waiting=2, in_work=1, marks=(1_700_000_000_000, 1_700_000_000_500))},
)


def test_what_is_written_is_read() -> None:
    """Every member survives."""
    assert decode_load(encode_load(LOAD)) == LOAD


def test_later_members_are_ignored() -> None:
    """An older reader takes a newer record."""
    assert decode_load(encode_load(LOAD)[:-1] + b',"later":1}') == LOAD


def test_marks_are_bounded() -> None:
    """Whoever writes more of them fills nobody's memory."""
    lane = LaneLoad(waiting=100, in_work=0, marks=tuple(range(100)))
    load = Load(stage="s", concurrency=1, seconds=0, behind=0, lanes={"free": lane})

    assert decode_load(encode_load(load)).lanes["free"].marks == tuple(range(MARKS))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"stage":"s","concurrency":1,"seconds":0,"behind":0,"lanes":[]}']
)
def test_anything_else_is_malformed(body: bytes) -> None:
    """It is told, and nothing of it is used."""
    with pytest.raises(Malformed):
        decode_load(body)
