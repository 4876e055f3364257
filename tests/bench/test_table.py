"""The same table on a terminal and in Markdown."""

from bench.table import markdown, plain

HEAD = ("", "Sluice")
LINES = [("a|b", "1"), ("longer", "22")]


def test_plain() -> None:
    """Columns are as wide as their widest cell, and no line ends in spaces."""
    assert "        Sluice\n------  ------\na|b     1\nlonger  22\n" == plain(HEAD, LINES)


def test_markdown() -> None:
    """A bar inside a cell does not end it."""
    assert "|  | Sluice |\n| --- | --- |\n| a\\|b | 1 |\n| longer | 22 |\n" == markdown(HEAD, LINES)
