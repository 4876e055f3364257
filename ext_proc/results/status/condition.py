"""What a client already has: `If-None-Match` (RFC 9110, 13.1.2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Condition:
    """The tags that a client names; none for a client that has nothing, or names nothing that could be a tag."""

    tags: frozenset[str]

    @classmethod
    def parse(cls, values: Sequence[str]) -> Self:
        """The condition in the header's values, however many lines they came on."""
        text = ",".join(values)
        return cls(frozenset({_ANY}) if text.strip() == _ANY else frozenset(_TAG.findall(text)))

    def matches(self, etag: str) -> bool:
        """The client has it. The comparison is weak, so that a tag which a cache has weakened still counts."""
        return etag in self.tags or _ANY in self.tags

    def differs(self, etag: str) -> bool:
        """The client has something, and this is of another state."""
        return bool(self.tags) and _ANY not in self.tags and state_of(etag) not in map(state_of, self.tags)


def state_of(etag: str) -> str:
    """What in a tag of ours says the state: the rest, from a dot on, says how it stands with it."""
    return etag.strip('"').partition(".")[0]
