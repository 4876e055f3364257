"""What a figure is expected to be, said before it is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A bound of a figure, or of its ratio to the peer's.

    Attributes:
        most: It is no greater.
        least: It is no smaller.
        ratio: It bounds the ratio and not the figure.
    """

    most: float | None = None
    least: float | None = None
    ratio: bool = False

    @property
    def said(self) -> str:
        """In words."""
        of = " of the peer's" if self.ratio else ""
        words = (("at most", self.most), ("at least", self.least))
        return " and ".join(f"{word} {bound:g}{of}" for word, bound in words if bound is not None)

    def verdict(self, *, figure: float, ratio: float | None) -> str:
        """`held` or `missed`; nothing where there is no ratio to judge."""
        value = ratio if self.ratio else figure
        if value is None:
            return ""
        above, below = self.least is None or value >= self.least, self.most is None or value <= self.most
        return "held" if above and below else "missed"
