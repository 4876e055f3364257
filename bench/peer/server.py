"""What the peer is served by: the fastest that is installed."""

from importlib.util import find_spec
from typing import Literal

LOOP: Literal["uvloop"] = "uvloop"


def parser() -> Literal["httptools", "h11"]:
    """The HTTP parser of uvicorn: `httptools` is in C, `h11` in Python."""
    return "httptools" if find_spec("httptools") else "h11"


def spelled() -> str:
    """For the report."""
    return f"uvicorn, one worker, {LOOP} and {parser()}"
