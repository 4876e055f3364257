"""Lines are the same however their bytes come, and memory does not grow with them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.bulk.splitter import BOM, Line, Splitter

LONGEST = 8


def split(pieces: Sequence[bytes], *, longest: int = LONGEST) -> list[Line]:
    """Everything that comes out."""
    splitter = Splitter(longest=longest)
    return [*(line for piece in pieces for line in splitter.feed(piece)), *splitter.end()]


def expected(whole: bytes) -> list[Line]:
    """What a reader of the whole would see."""
    *lines, last = whole.removeprefix(BOM).split(b"\n")
    lines = [*lines, last] if last else lines
    trimmed = [line.removesuffix(b"\r") for line in lines]
    return [line if len(line) <= LONGEST else None for line in trimmed]


@pytest.mark.parametrize(
    ("whole", "lines"),
    [
        (b"", []),
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\r\nb", [b"a", b"b"]),
        (b"\n\na\n", [b"", b"", b"a"]),
        (BOM + b"a\n" + BOM, [b"a", BOM]),
        (b"123456789\na\n", [None, b"a"]),
        (b"12345678\r\n12345678", [b"12345678", b"12345678"]),
        (b"a\n1234567890", [b"a", None]),
    ],
)
def test_lines_end_at_lf_or_crlf(whole: bytes, lines: list[Line]) -> None:
    """The last one needs no end, a byte order mark at the start is none of them, and what is too long is told as such."""
    assert split([whole]) == lines


@given(st.lists(st.sampled_from([b"a", b"123456789", b"\n", b"\r\n", b"\r", BOM, BOM[:1], BOM[1:]])), st.data())
def test_pieces_do_not_matter(parts: list[bytes], data: st.DataObject) -> None:
    """Wherever the bytes are cut."""
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert split(pieces) == expected(whole)


def test_an_endless_line_is_not_kept() -> None:
    """Of a line that is too long nothing is held, however long it goes on."""
    splitter = Splitter(longest=LONGEST)
    for _ in range(1000):
        assert list(splitter.feed(b"x" * 1000)) == []
        assert len(splitter._rest) <= LONGEST + 1
    assert list(splitter.feed(b"\na\n")) == [None, b"a"]
