"""How far loading has come."""

import io

from demo.load.progress import SECONDS, Bar, Lines, progress_of
from demo.load.tally import Tally


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_lines_come_now_and_then() -> None:
    """Where there is no terminal, a bar would be a page of rubbish."""
    out, now = io.StringIO(), [0.0]
    lines = Lines(200, out, now=lambda: now[0])
    lines.passed(50)
    lines.heard(50, Tally(accepted=1))
    now[0] = SECONDS
    lines.heard(50, Tally(accepted=2))
    lines.heard(50, Tally(accepted=3))
    lines.close()

    assert out.getvalue() == "sluice: 75 %, 2 chunks accepted, 0 refused\n"


def test_a_terminal_has_a_bar() -> None:
    """With what is worth a line above it."""
    out = Terminal()
    bar = progress_of(200, out=out)
    assert isinstance(bar, Bar)
    bar.passed(100)
    bar.say("goes on in 1.0 s")
    bar.heard(100, Tally(accepted=2))
    bar.close()

    assert "sluice: goes on in 1.0 s\n" in out.getvalue()
    assert "200/200" in out.getvalue()
    assert "accepted=2" in out.getvalue()


def test_everything_else_has_lines() -> None:
    """A file, a pipe."""
    out = io.StringIO()
    lines = progress_of(1, out=out)
    assert isinstance(lines, Lines)
    lines.say("hello")
    assert out.getvalue() == "sluice: hello\n"
