"""A table, on a terminal and in Markdown."""

from collections.abc import Sequence

Cells = Sequence[str]


def plain(head: Cells, lines: Sequence[Cells]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    rule = ["-" * width for width in widths]
    shown = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in (head, rule, *lines))
    return "\n".join(shown) + "\n"


def markdown(head: Cells, lines: Sequence[Cells]) -> str:
    """As GitHub and others read it."""
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(map(_safe, line))} |\n" for line in (head, rule, *lines))


def _safe(cell: str) -> str:
    return cell.replace("|", "\\|")
