"""One thing wrong with a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """`pointer` is a JSON pointer as a URI fragment (RFC 6901, 6), `#` for the whole document."""

    pointer: str
    detail: str
