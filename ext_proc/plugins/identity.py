"""`identity`: who calls, from the token that Envoy has verified, and from nothing else."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ext_proc.challenge import EXPIRED, NO_TOKEN, unauthorized
from ext_proc.described.answers import NO_SUBJECT
from ext_proc.described.part import Part
from ext_proc.exchange import Exchange, Identity
from ext_proc.plugin import Services
from ext_proc.recent import Recent
from ext_proc.reply import Reply
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway

_LONGEST_SUBJECT = 256
_TOKENS_KEPT = 1024  # of each route, 1 kB each


class IdentitySettings(Section):
    """It has none: issuers, claims and tiers are declared once, for all routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a token says, and until when it is good, in milliseconds since the epoch, the leeway included."""

    identity: Identity
    until: float


class IdentityPlugin:
    """Sets `exchange.identity`, unless a plugin before it found another proof; 401 where the token names no subject.

    A tier claim that is missing or unknown is the lowest tier, so that a mistake never raises anybody;
    of a list of roles the highest tier counts. Of a token that comes again nothing is worked out again, for what it says
    cannot change; but whether it has expired is looked at each time, because Envoy is a minute late for tokens that it
    remembers (`identity.issuers[].remembered`).
    """

    name: ClassVar[str] = "identity"
    provides: ClassVar[frozenset[str]] = frozenset({"identity"})
    Settings: ClassVar[type[IdentitySettings]] = IdentitySettings

    def __init__(self, settings: IdentitySettings, services: Services) -> None:
        self._gateway = services.gateway
        self._realm = services.gateway.identity.realm
        self._issuers = {issuer.issuer: issuer for issuer in services.gateway.identity.issuers}
        self._clock = services.clock
        self._denials = services.metrics.denials
        self._known: Recent[frozenset[bytes], Known] = Recent(limit=_TOKENS_KEPT)

    @classmethod
    def described(cls, settings: IdentitySettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        return Part(answers=(NO_SUBJECT,))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Reads the claims."""
        if exchange.identity is not None:
            return None
        known = self._known.get(exchange.token) or self._read(exchange)
        if isinstance(known, Reply):
            return known
        if known.until < self._clock.now_ms():
            return self._unauthorized(exchange, "expired", EXPIRED)
        exchange.identity = known.identity
        return None

    def _read(self, exchange: Exchange) -> Known | Reply:
        if not exchange.claims:
            return self._unauthorized(exchange, "no-token", NO_TOKEN)
        issuer = self._issuers.get(str(exchange.claims.get("iss", "")))
        subject = claim(exchange.claims, issuer.claims.subject) if issuer else None
        if issuer is None or not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            return self._unauthorized(exchange, "no-subject", "The token names no subject.")
        names, expires = issuer.claims, exchange.claims.get("exp")
        identity = Identity(
            subject=subject,
            tier=self._gateway.highest(named(claim(exchange.claims, names.tier))).name,
            scopes=scopes(claim(exchange.claims, names.scopes)),
            expires=float(expires) if isinstance(expires, int | float) else None,
        )
        until = math.inf if identity.expires is None else (identity.expires + issuer.leeway) * 1000
        known = Known(identity=identity, until=until)
        if exchange.token:
            self._known.put(exchange.token, known)
        return known

    def _unauthorized(self, exchange: Exchange, reason: str, detail: str) -> Reply:
        self._denials.labels(exchange.route, reason).inc()
        return unauthorized(
            detail,
            realm=self._realm,
            instance=exchange.path,
            trace_id=exchange.trace_id,
            error=bool(exchange.claims),
        )


def claim(claims: Mapping[str, Any], name: str) -> object:
    """The claim of that name; a dot reaches into a nested object, unless a claim has the whole name."""
    if name in claims:
        return claims[name]
    value: object = claims
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def named(value: object) -> tuple[str, ...]:
    """The names in a claim that is one, or a list of them."""
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def scopes(value: object) -> frozenset[str]:
    """Scopes from a string of words (RFC 8693, 4.2) or a list of strings."""
    return frozenset(value.split()) if isinstance(value, str) else frozenset(named(value))
