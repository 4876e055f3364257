"""A claim has a line for each contender."""

from bench.expected import Expected
from bench.row import alone, compared


def test_compared() -> None:
    """Medians are compared with the peer's; whoever was not measured has no line, and one round has no spread."""
    found = {"ours": [1.0, 3.0, 2.0], "absent": [], "peer": [4.0]}
    rows = list(compared("it", found, "{:.1f}", to="peer", expected={"ours": Expected(most=0.5, ratio=True)}))
    assert [
        ("it", "ours", "2.0", "1.0 to 3.0", "0.50", "at most 0.5 of the peer's", "held"),
        ("it", "peer", "4.0", "", "", "", ""),
    ] == [row.cells for row in rows]


def test_alone() -> None:
    """A figure that the peer does not have has no ratio, and is judged by itself."""
    (row,) = alone("it", "ours", [5.0], "{:.0f}", expected=Expected(most=4))
    assert ("it", "ours", "5", "", "", "at most 4", "missed") == row.cells


def test_a_peer_of_nothing() -> None:
    """Nothing is a multiple of zero."""
    assert ["", ""] == [row.ratio for row in compared("it", {"ours": [1.0], "peer": [0.0]}, "{}", to="peer")]
