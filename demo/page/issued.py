"""The tokens that the page works with: one for each tier, a stranger's, and some that are no good."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from local.tokens import SigningKey

OWNER, STRANGER = "alice", "bob"
EXPIRED_SECONDS = 600.0
"""How long ago the expired token has ended: more than any clock is off, and than Envoy remembers."""


class Issued:
    """Mints them anew each time that somebody asks, so that none is old."""

    def __init__(self, signing: SigningKey, *, tiers: Sequence[str]) -> None:
        self._signing = signing
        self._tiers = tiers

    def document(self) -> Mapping[str, Any]:
        """All of them, as `GET /demo/tokens` answers."""
        lowest, highest = self._tiers[0], self._tiers[-1]
        return {
            "issuer": self._signing.issuer.url,
            "time": int(time.time()),
            "tokens": [self._named(tier, tier=tier, sub=OWNER) for tier in self._tiers],
            "stranger": self._named(STRANGER, tier=highest, sub=STRANGER),
            "tampered": {
                "forged": forged(self._mint(lowest), as_if=self._mint(highest)),
                "expired": self._signing.mint(tier=lowest, sub=OWNER, ttl=-EXPIRED_SECONDS),
            },
        }

    def _named(self, name: str, *, tier: str, sub: str) -> Mapping[str, str]:
        return {"name": name, "tier": tier, "sub": sub, "token": self._signing.mint(tier=tier, sub=sub)}

    def _mint(self, tier: str) -> str:
        return self._signing.mint(tier=tier, sub=OWNER)


def forged(token: str, *, as_if: str) -> str:
    """What somebody makes of a token who wants to be more: the payload of another, under the signature of their own."""
    header, payload, _ = as_if.split(".")
    return ".".join((header, payload, token.rsplit(".", 1)[1]))
