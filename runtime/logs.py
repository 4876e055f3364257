"""Logs: one JSON object a line on standard error."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from runtime import work

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class JsonFormatter(logging.Formatter):
    """Turns a log record, with whatever `extra` it carries, into one line of JSON.

    A line that is written while a request or a record is in work says which: `trace_id`, and `query_id` where there is one.
    """

    def __init__(self, *, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **work.facts(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _KNOWN)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure(*, process: str, level: str) -> None:
    """Sends everything at or above `level` to standard error, and libraries' chatter only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process=process))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("sluice").setLevel(level)
