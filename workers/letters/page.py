"""How letters look: a line each for people, a line of JSON each for programs."""

import json
from collections import Counter

from schemas.envelope import rfc3339
from workers.letters.letter import Letter

_ROW = "{:<12} {:<24} {:<16} {:<18} {:>7} {:<12} {}"
HEAD = _ROW.format("PLACE", "TIME", "TOPIC", "REASON", "ATTEMPT", "TIER", "KEY")


def row(letter: Letter) -> str:
    """The letter as a line under `HEAD`."""
    return _ROW.format(
        str(letter.place),
        rfc3339(letter.record.timestamp),
        plain(_topic(letter)),
        plain(letter.reason),
        letter.attempt,
        plain(letter.record.header("user-tier") or "-"),
        plain(letter.key),
    )


def line(letter: Letter) -> str:
    """The letter as JSON, without its body."""
    record = letter.record
    return json.dumps(
        {
            "place": str(letter.place),
            "time": rfc3339(record.timestamp),
            "reason": letter.reason,
            "attempt": letter.attempt,
            "redriven": letter.redriven,
            "topic": _topic(letter),
            "partition": letter.origin.number if letter.origin else None,
            "offset": letter.offset if letter.origin else None,
            "key": letter.key,
            "user_id": record.header("user-id"),
            "tier": record.header("user-tier"),
            "traceparent": record.header("traceparent"),
            "bytes": len(record.value) if record.value is not None else None,
        }
    )


def whole(letter: Letter, *, settled: bool) -> str:
    """Everything that the letter holds."""
    record = letter.record
    facts = [f"{letter.place}{' (settled)' if settled else ''}", f"time: {rfc3339(record.timestamp)}"]
    facts += [f"key: {plain(letter.key)}"]
    facts += [f"{plain(name)}: {plain(value.decode('utf-8', 'replace'))}" for name, value in record.headers]
    return "\n".join([*facts, "", _body(record.value)])


def summary(counts: Counter[tuple[str, str]]) -> str:
    """How many of each topic and reason, most first."""
    rows = [f"{count:>8}  {plain(topic):<16} {plain(reason)}" for (topic, reason), count in counts.most_common()]
    return "\n".join([*rows, f"{counts.total():>8}  in all"])


def kind(letter: Letter) -> tuple[str, str]:
    """What `summary` counts."""
    return _topic(letter), letter.reason


def plain(text: str) -> str:
    """Text that does nothing to a terminal, whoever wrote it."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)


def _topic(letter: Letter) -> str:
    return letter.origin.topic if letter.origin else "-"


def _body(value: bytes | None) -> str:
    if value is None:
        return "no body"
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"{len(value)} bytes that are no text"
    return "\n".join(plain(each) for each in text.splitlines()) if text else "an empty body"
