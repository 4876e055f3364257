"""How long a client would rather wait than ask again: `Prefer: wait=N` (RFC 7240, 4.3)."""

import re
from collections.abc import Sequence

LONGEST = 1024  # characters that are looked at; a longer header is passed over, as preferences may be

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')  # up to a comma that stands in no quotes
_LIST = re.compile(rf"(?:{_ELEMENT.pattern})?(?:,(?:{_ELEMENT.pattern})?)*")
_WAIT = re.compile(r'\s*wait[ \t]*=[ \t]*(?:([0-9]+)|"([0-9]+)")\s*(?:;.*)?', re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"\s*([^\s=;,]*)")
_DIGITS = 9  # more of them are longer than any wait


def preferred_wait(values: Sequence[str]) -> int | None:
    """The seconds in the header's values, however many lines they came on; `None` where no wait is asked for.

    Of a preference that is there twice the first counts (RFC 7240, 2). What cannot be read is passed over,
    and so is every other preference.
    """
    text = ",".join(values)
    if len(text) > LONGEST or not _LIST.fullmatch(text):
        return None
    first = next((element for element in _ELEMENT.findall(text) if _name(element) == "wait"), "")
    found = _WAIT.fullmatch(first)
    return _seconds(found[1] or found[2]) if found else None


def _name(element: str) -> str:
    found = _NAME.match(element)
    return found[1].lower() if found else ""


def _seconds(digits: str) -> int:
    return int(digits.lstrip("0")[: _DIGITS + 1] or "0")
