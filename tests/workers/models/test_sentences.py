"""Text in pieces that can be cited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.models.sentences import sentences


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("At 5 p.m. we stop, e.g. for tea.", ["At 5 p.m. we stop, e.g. for tea."]),
        ("Version 1.2 is out. It works.", ["Version 1.2 is out. ", "It works."]),
        ('He said "Go." Then we went.', ['He said "Go." ', "Then we went."]),
        ("# Title\n\nFirst line\nstill first.", ["# Title\n\n", "First line\nstill first."]),
        ("List:\n- one\n- two\n1. three", ["List:\n", "- one\n", "- two\n", "1. three"]),
        ("\n\n  Text", ["\n\n  Text"]),
        ("Text.\n\n \n", ["Text.\n\n \n"]),
        ("", []),
        (" \n", []),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    """Sentences, paragraphs and lines of lists stand alone; abbreviations and numbers end nothing."""
    assert sentences(text) == pieces


@given(st.text(st.sampled_from("aB1 .!?\n-#\"'")))
def test_nothing_is_lost(text: str) -> None:
    """Joined, the pieces are the text again, and none of them is blank."""
    pieces = sentences(text)
    assert "".join(pieces) == (text if text.strip() else "")
    assert all(piece.strip() for piece in pieces)
