"""Whether a JSON text says one thing, whoever reads it.

A document goes on byte for byte as it came, so its readers must see in it what was judged here. JSON leaves it to each
of them which of two members with one name counts (RFC 8259, 4); I-JSON forbids two (RFC 7493, 2.3), and so do we.
What is nested deeper than some of its readers can follow is refused for the same reason: orjson writes 254 levels, an
index keeps 128, and a few are needed around the document.
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson

LEVELS = 64
TWICE = "a member is there twice"
TOO_DEEP = f"nested deeper than {LEVELS} levels"

_Pairs = list[tuple[str, Any]]


class _Twice(Exception):
    """Two members of one object have one name."""


def doubt(text: bytes, document: Any) -> str | None:
    """Why `text`, whose parsed form is `document`, may be read otherwise elsewhere; `None` where it cannot."""
    if _is_deeper(text, document):
        return TOO_DEEP
    written = orjson.dumps(document)
    if text == written:  # nothing was lost; most writers leave out spaces as orjson does
        return None
    if b"\\u" in text:  # a quotation mark may be written as an escape: counting would not do
        return TWICE if _has_twins(text) else None
    # Every member has quotation marks, and one that has been lost took them along.
    return TWICE if text.count(b'"') != written.count(b'"') else None


def _is_deeper(text: bytes, document: Any) -> bool:
    if text.count(b"[") + text.count(b"{") <= LEVELS:  # so it is with nearly all
        return False
    level = [document]
    for _ in range(LEVELS):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _has_twins(text: bytes) -> bool:
    try:
        json.loads(text, object_pairs_hook=_members, parse_int=str, parse_float=str)
    except _Twice:
        return True
    return False


def _members(pairs: _Pairs) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Twice
    return members
