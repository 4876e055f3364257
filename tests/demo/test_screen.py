"""What the demo says while it starts."""

import io
import re

from demo.screen import Screen


class Terminal(io.StringIO):
    """Text that takes itself for a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_on_a_terminal_one_line_changes() -> None:
    """What is going on is replaced by what comes next."""
    out = Terminal()
    screen = Screen(out)
    screen.now("fetching 1")
    screen.now("fetching 2")
    screen.say("kafka is ready")
    screen.write("text")

    expected = "sluice: fetching 1\r\x1b[Ksluice: fetching 2\r\x1b[Ksluice: kafka is ready  (0.0 s)\ntext"
    assert re.sub(r"\(\d+\.\d s\)", "(0.0 s)", out.getvalue()) == expected


def test_in_a_file_only_what_stays_is_written() -> None:
    """A log has no line that changes."""
    out = io.StringIO()
    screen = Screen(out)
    screen.now("fetching 1")
    screen.say("kafka is ready")

    assert out.getvalue().startswith("sluice: kafka is ready  (")
