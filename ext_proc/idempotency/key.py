"""The header `Idempotency-Key`, as clients write it.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re

HEADER = "idempotency-key"
REPLAYED_HEADER = ("idempotent-replayed", "true")
LONGEST = 255
"""Characters of a key."""

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"(?:\s*;.*)?')  # a string of RFC 9651, 3.3.3, and its parameters
_BARE = re.compile(r"[!#-+\--:<-\[\]-~]+")  # what is visible, but the quote, comma, semicolon and backslash
FORM = r"^([!#-+\--:<-\[\]-~]+|\"([ !#-\[\]-~]|\\[\"\\])+\")$"
"""How clients are told to write one, as a JSON Schema has it: bare or quoted."""

_ESCAPED = re.compile(r'\\(["\\])')


class KeyMalformed(Exception):
    """The header holds no key; `reason` says why, for the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_key(header: str) -> str:
    """The key in a header: a quoted string, or the same without its quotes.

    Raises:
        KeyMalformed: There is none, or it is too long.
    """
    text = header.strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text
    if not key:
        raise KeyMalformed("it is empty")
    if len(key) > LONGEST:
        raise KeyMalformed(f"it has more than {LONGEST} characters")
    if not quoted and not _BARE.fullmatch(text):
        raise KeyMalformed('it is not one string, as in "8e03978e-40d5-43dd-bc93-6894a57f9324"')
    return key
