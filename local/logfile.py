"""The log of a child process: written by the child, read by us when it dies."""

from pathlib import Path

import orjson

KEEP = 15
_MOST = 32 * 1024


def tail(log: Path) -> str:
    """The last lines."""
    return "\n".join(_lines(log)[-KEEP:])


def last_words(log: Path) -> str:
    """What the child said last, on one line: the message, and the exception, of a JSON log line; else the line."""
    lines = [line for line in _lines(log) if line.strip()]
    if not lines:
        return ""
    try:
        record = orjson.loads(lines[-1])
    except orjson.JSONDecodeError:
        return lines[-1].strip()
    return _of_record(record) if isinstance(record, dict) else lines[-1].strip()


def put_aside(log: Path) -> None:
    """Moves the log of an earlier run to `*.log.old`, so that each run starts with an empty one and two are kept."""
    if log.exists():
        log.replace(log.with_suffix(".log.old"))


def _of_record(record: dict[str, object]) -> str:
    exception = str(record.get("exception", "")).strip().splitlines()
    message = str(record.get("message", ""))
    return f"{message}: {exception[-1].strip()}" if exception else message


def _lines(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _MOST))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
