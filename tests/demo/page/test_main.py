"""The process of the page."""

import pytest

from demo.page.__main__ import arguments


def test_it_listens_for_this_machine_alone_unless_told_otherwise() -> None:
    """In a container it is told so."""
    assert vars(arguments(["--port", "9220"])) == {"host": "127.0.0.1", "port": 9220, "name": [], "token_command": None}
    assert arguments(["--host", "0.0.0.0", "--port", "1"]).host == "0.0.0.0"


def test_it_needs_a_port() -> None:
    """Where it serves is said to Envoy too, so it is never any free one."""
    with pytest.raises(SystemExit):
        arguments([])
