"""The proof that a record's identity was written by Sluice: a keyed hash over what must not be changed.

BLAKE2b in its keyed mode (RFC 7693, 2.9) is a MAC by design and costs less than HMAC-SHA256.
Every part is preceded by its length, so that no two different records give the same input.
"""

import hashlib
import hmac
from dataclasses import dataclass

_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the signature covers."""

    topic: str
    key: bytes
    user_id: str
    tier: str
    body: bytes


class Signer:
    """Signs and verifies with one shared key."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.blake2b(key.encode(), digest_size=64, person=b"sluice-records").digest()

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Signer(...)"

    def sign(self, signed: Signed) -> str:
        """The `identity-sig` header: 32 hexadecimal digits."""
        mac = hashlib.blake2b(key=self._key, digest_size=_SIZE)
        for part in (signed.topic.encode(), signed.key, signed.user_id.encode(), signed.tier.encode(), signed.body):
            mac.update(len(part).to_bytes(8, "big"))
            mac.update(part)
        return mac.hexdigest()

    def verify(self, signed: Signed, signature: str) -> bool:
        """Whether the signature fits, in time that does not depend on where it differs."""
        return hmac.compare_digest(self.sign(signed).encode(), signature.encode())
