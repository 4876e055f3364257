"""Where text is cut."""

import pytest

from demo.load.splitting import LONGEST, Piece, Splitter
from workers.models.tokens import BEST

SENTENCE = "A lock lifts a boat from one level to the next. "


@pytest.fixture(scope="module")
def splitter() -> Splitter:
    """One for all: it is not changed by its use."""
    return Splitter()


@pytest.mark.parametrize(
    "text",
    [SENTENCE * 200, "0123456789 " * 500, "x" * 50_000, "水閘" * 3000, "\n\n".join([SENTENCE * 3] * 40)],
    ids=["sentences", "numbers", "one word", "no spaces", "paragraphs"],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_the_model_reads_every_piece_whole(splitter: Splitter, text: str, *, markdown: bool) -> None:
    """And the schema takes it; nothing but space is lost between pieces."""
    pieces = splitter.split(text, markdown=markdown)

    assert max(splitter.tokens(piece.text) for piece in pieces) <= BEST
    assert max(len(piece.text) for piece in pieces) <= LONGEST
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())


def test_headings_are_respected(splitter: Splitter) -> None:
    """A section that fits is one piece, and each knows what it stands under."""
    text = f"# Canals\n\n{SENTENCE * 14}\n\n## Locks\n\n{SENTENCE * 14}\n\n## Gates ##\n\n{SENTENCE * 14}"
    pieces = splitter.split(text, markdown=True)

    assert [piece.heading for piece in pieces] == ["Canals", "Canals > Locks", "Canals > Gates"]
    assert [piece.text.partition("\n")[0] for piece in pieces] == ["# Canals", "## Locks", "## Gates ##"]


def test_a_heading_is_not_left_alone(splitter: Splitter) -> None:
    """It goes with the beginning of a section that is too long for one piece."""
    pieces = splitter.split(f"# Canals\n\n## Locks\n\n{SENTENCE * 60}", markdown=True)

    assert len(pieces) > 2
    assert pieces[0].text.startswith("# Canals\n\n## Locks\n\nA lock")
    assert {piece.heading for piece in pieces} == {"Canals > Locks"}


def test_headings_without_text_are_one_piece(splitter: Splitter) -> None:
    """They are all that there is."""
    assert splitter.split("# One\n\n# Two\n", markdown=True) == [Piece(text="# One\n\n# Two", heading="One")]


def test_what_is_fenced_is_no_heading(splitter: Splitter) -> None:
    """A comment of a shell looks like one."""
    text = f"# Canals\n\n```\n# no heading\n~~~\n# nor this\n```\n\n{SENTENCE * 14}\n\n{SENTENCE * 14}"
    assert {piece.heading for piece in splitter.split(text, markdown=True)} == {"Canals"}


def test_text_has_no_headings(splitter: Splitter) -> None:
    """Whatever it looks like."""
    assert splitter.split("# Canals\n\ntext", markdown=False) == [Piece(text="# Canals\n\ntext", heading="")]


@pytest.mark.parametrize("text", ["", " \n\n\t"])
def test_blank_text_has_no_pieces(splitter: Splitter, text: str) -> None:
    """The schema wants at least a character, and nobody looks for a space."""
    assert splitter.split(text, markdown=True) == []
