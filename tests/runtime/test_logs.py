"""Logs are one JSON object a line."""

import logging
import sys

import orjson

from runtime.logs import JsonFormatter


def test_a_line_carries_its_extras() -> None:
    """What is passed as `extra` are members of the object."""
    record = logging.makeLogRecord(
        {"name": "sluice.x", "levelname": "INFO", "msg": "a %s", "args": ("b",), "route": "r"}
    )
    line = orjson.loads(JsonFormatter(process="p").format(record))
    assert {
        "level": "INFO",
        "process": "p",
        "logger": "sluice.x",
        "message": "a b",
        "route": "r",
    }.items() <= line.items()
    assert "\n" not in JsonFormatter(process="p").format(record)


def test_an_exception_stays_on_its_line() -> None:
    """A traceback is one member, so that every line of output is an object."""
    try:
        raise ValueError("x")  # noqa: TRY301  # the traceback is what is tested
    except ValueError:
        record = logging.makeLogRecord({"name": "n", "msg": "m", "exc_info": sys.exc_info()})
    text = JsonFormatter(process="p").format(record)
    assert "\n" not in text
    assert "ValueError: x" in orjson.loads(text)["exception"]
