"""What stands for a token where a browser can send none: a ticket, once, and then a cookie.

Both are sealed (`ext_proc.seal`): they say nothing to whoever finds them in a URL, a history or a log.
Both hold the identity that the token had, and open one path only.
A ticket is good for a minute, and once: that it was used is written down by whoever uses it (`results.reader.spending`).
A cookie is good until its token ends: `EventSource` comes back with the URL that it had, whose ticket is spent.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from ext_proc.exchange import Identity
from ext_proc.identifiers import key_name
from ext_proc.seal import Seal

PARAMETER = "ticket"
"""Of the query."""

COOKIE_NAME = "sluice-ticket"

LONGEST = 300.0
"""Seconds that a ticket may be good for: spent tickets are remembered that long."""

_PATH = "/%:@!$&'()*+=~"  # of a path, what a cookie's attribute can hold; a `;` would end it


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A genuine ticket, be it spent, expired or neither.

    Attributes:
        id: Under which it is spent. It opens nothing.
        issued_at: In ms since the epoch.
        until: In ms since the epoch; it is not good any more then.
    """

    identity: Identity
    id: str
    issued_at: int
    until: int


class Tickets:
    """Writes tickets and cookies with one secret key, and reads those of that and of the keys that are accepted beside it."""

    def __init__(self, key: str, *accepted: str) -> None:
        self._tickets, self._cookies = (Seal(key, purpose=purpose) for purpose in ("ticket", "cookie"))
        self._name = key_name(key)
        self._others = tuple(map(Tickets, accepted))

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Tickets(...)"

    def issue(
        self, identity: Identity, *, path: str, issued_at: int, lifetime: float, unique: bytes, by: str = ""
    ) -> str:
        """A ticket that opens `path` for so many seconds: the same one for the same request, which `unique` tells apart.

        With the key that `by` names, where that is still there, as `Identifiers.issue`.
        """
        other = next((other for other in self._others if other._name == by), None)  # noqa: SLF001  # one of us
        if other is not None:
            return other.issue(identity, path=path, issued_at=issued_at, lifetime=lifetime, unique=unique)
        content = orjson.dumps([*_said(identity), issued_at, issued_at + round(lifetime * 1000)])
        random = self._tickets.once(content, bound=path, unique=unique)
        return self._tickets.close(content, bound=path, random=random)

    def read(self, ticket: str, *, path: str) -> Issued | None:
        """What a ticket says; `None` for one that is not ours, or of another path."""
        content = self._tickets.open(ticket, bound=path)
        if content is None:
            return next(filter(None, (other.read(ticket, path=path) for other in self._others)), None)
        *said, issued_at, until = orjson.loads(content)
        digest = hashlib.blake2b(ticket.encode(), digest_size=16)
        return Issued(identity=_identity(*said), id=digest.hexdigest(), issued_at=issued_at, until=until)

    def cookie(self, identity: Identity, *, path: str, random: bytes) -> str:
        """The value of a cookie for `path`; `random` is 24 bytes."""
        return self._cookies.close(orjson.dumps(_said(identity)), bound=path, random=random)

    def read_cookie(self, value: str, *, path: str) -> Identity | None:
        """Whom a cookie's value names, also where it has expired; `None` for one that is not ours, or of another path."""
        content = self._cookies.open(value, bound=path)
        if content is None:
            return next(filter(None, (other.read_cookie(value, path=path) for other in self._others)), None)
        return _identity(*orjson.loads(content))


def lasts(identity: Identity) -> float:
    """Until when, in seconds since the epoch; a token without an end lasts longest."""
    return math.inf if identity.expires is None else identity.expires


def set_cookie(value: str, *, path: str, seconds: float | None, secure: bool) -> str:
    """A `Set-Cookie` that no script can read and no other site's page makes a browser send (RFC 6265)."""
    age = "" if seconds is None else f"; Max-Age={max(0, int(seconds))}"
    only = "; Secure" if secure else ""
    return f"{COOKIE_NAME}={value}; Path={quote(path, safe=_PATH)}{age}; HttpOnly; SameSite=Lax{only}"


def _said(identity: Identity) -> list[Any]:
    return [identity.subject, identity.tier, sorted(identity.scopes), identity.expires]


def _identity(subject: str, tier: str, scopes: list[str], expires: float | None) -> Identity:
    return Identity(subject=subject, tier=tier, scopes=frozenset(scopes), expires=expires)
