"""The proof that a record's identity was written by Sluice: a keyed hash over what must not be changed.

BLAKE2b in its keyed mode (RFC 7693, 2.9) is a MAC by design and costs less than HMAC-SHA256.
Every part is preceded by its length, so that no two different records give the same input.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass

_SIZE = 16
_length = struct.Struct(">Q").pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the signature covers."""

    topic: str
    key: bytes
    user_id: str
    tier: str
    body: bytes


class Signer:
    """Signs with one shared key, and verifies with that and with those that are accepted beside it."""

    def __init__(self, key: str, *accepted: str) -> None:
        self._accepted = tuple(map(Signer, accepted))
        secret = hashlib.blake2b(key.encode(), digest_size=64, person=b"sluice-records").digest()
        self._keyed = hashlib.blake2b(key=secret, digest_size=_SIZE)  # copied for each signature, never fed

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Signer(...)"

    def sign(self, signed: Signed) -> str:
        """The `identity-sig` header: 32 hexadecimal digits."""
        return self.sealing(signed.topic).sign(
            key=signed.key, user_id=signed.user_id.encode(), tier=signed.tier.encode(), body=signed.body
        )

    def sealing(self, topic: str) -> "Seal":
        """Signs records of one topic: whoever writes many of them keeps this, and what they have in common is hashed once."""
        mac = self._keyed.copy()
        mac.update(_measured(topic.encode()))
        return Seal(mac)

    def verify(self, signed: Signed, signature: str) -> bool:
        """Whether the signature fits, in time that does not depend on where it differs."""
        if hmac.compare_digest(self.sign(signed).encode(), signature.encode()):
            return True
        return any(other.verify(signed, signature) for other in self._accepted)


class Seal:
    """Signs records of one topic."""

    def __init__(self, begun: hashlib.blake2b) -> None:
        """`begun` has hashed the key and the topic; it is copied for each signature."""
        self._begun = begun

    def __repr__(self) -> str:
        """Never shows what it holds."""
        return "Seal(...)"

    def sign(self, *, key: bytes, user_id: bytes, tier: bytes, body: bytes) -> str:
        """The `identity-sig` header: 32 hexadecimal digits."""
        mac = self._begun.copy()
        # One call: each has its own price, and the parts are small. The body, which may not be, is not copied for it.
        mac.update(
            b"%b%b%b%b%b%b%b"
            % (
                _length(len(key)),
                key,
                _length(len(user_id)),
                user_id,
                _length(len(tier)),
                tier,
                _length(len(body)),
            )
        )
        mac.update(body)
        return mac.hexdigest()


def _measured(part: bytes) -> bytes:
    return _length(len(part)) + part
