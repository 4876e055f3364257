"""Logs are one JSON object a line."""

import logging
import sys

import orjson

from runtime.logs import JsonFormatter
from runtime.work import AT_HAND


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


class _Asked:
    def facts(self) -> dict[str, str]:
        return {"trace_id": "t", "query_id": "q"}


def test_a_line_names_the_work_at_hand() -> None:
    """Whatever is logged while a request or a record is in work says which; elsewhere a line says nothing of it."""
    record = logging.makeLogRecord({"name": "n", "msg": "m"})
    idle = orjson.loads(JsonFormatter(process="p").format(record))
    token = AT_HAND.set(_Asked())
    try:
        busy = orjson.loads(JsonFormatter(process="p").format(record))
    finally:
        AT_HAND.reset(token)
    assert {**idle, "trace_id": "t", "query_id": "q"} == busy
    assert "trace_id" not in idle
