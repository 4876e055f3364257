"""What was expected is judged by the figure, or by its ratio."""

from bench.expected import Expected


def test_figures() -> None:
    """A bound itself is within it."""
    below, above = Expected(most=4), Expected(least=8000)
    assert ("at most 4", "at least 8000") == (below.said, above.said)
    assert ["held", "missed"] == [below.verdict(figure=figure, ratio=None) for figure in (4.0, 4.1)]
    assert ["missed", "held"] == [above.verdict(figure=figure, ratio=9.0) for figure in (7999.0, 8000.0)]


def test_ratios() -> None:
    """Where there is nothing to compare with nothing is judged."""
    half = Expected(most=0.5, ratio=True)
    assert "at most 0.5 of the peer's" == half.said
    assert ["held", "missed", ""] == [half.verdict(figure=1.0, ratio=ratio) for ratio in (0.5, 0.51, None)]
