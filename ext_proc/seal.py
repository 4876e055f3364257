"""Text that only we can write and only we can read: it goes out through a client, and comes back as it was or not at all.

`v1.` and, in base64url, 24 random bytes, the encrypted content and its tag (AES-256-GCM, RFC 5116).
The first half of the random bytes makes a key for this one text, the other is the nonce under it,
so that no number of texts comes near the bounds of random nonces.
"""

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
RANDOM_BYTES = 24
LONGEST = 4096
"""Characters of a text that is looked at, which is also what browsers keep of a cookie."""

_FORM = re.compile(rf"{VERSION}\.[A-Za-z0-9_-]+")
_HALF = RANDOM_BYTES // 2


class Seal:
    """Seals for one purpose: what was sealed for another, or by another key, does not open."""

    def __init__(self, key: str, *, purpose: str) -> None:
        self._key = hashlib.blake2b(key.encode(), digest_size=64, person=b"sluice-seal", salt=purpose.encode()).digest()

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Seal(...)"

    def once(self, content: bytes, *, bound: str, unique: bytes) -> bytes:
        """The random bytes for a text that is to be the same whenever it is sealed for the request that `unique` belongs to.

        They differ with the content, so that no key and nonce ever serve two texts.
        """
        digest = hashlib.blake2b(key=self._key, digest_size=RANDOM_BYTES, person=b"sluice-again")
        for part in (unique, bound.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    def close(self, content: bytes, *, bound: str, random: bytes) -> str:
        """The sealed text. It opens for the same `bound` alone, which it does not hold; `random` is 24 bytes."""
        secret = self._cipher(random).encrypt(random[_HALF:], content, _context(bound))
        return f"{VERSION}.{_encoded(random + secret)}"

    def open(self, text: str, *, bound: str) -> bytes | None:
        """The content; `None` for whatever is not, to the last character, a text that `close` wrote for `bound`."""
        if len(text) > LONGEST or not _FORM.fullmatch(text):
            return None
        sealed = _decoded(text[len(VERSION) + 1 :])
        random, secret = sealed[:RANDOM_BYTES], sealed[RANDOM_BYTES:]
        if len(random) < RANDOM_BYTES:
            return None
        try:
            return self._cipher(random).decrypt(random[_HALF:], secret, _context(bound))
        except InvalidTag:
            return None

    def _cipher(self, random: bytes) -> AESGCM:
        once = hashlib.blake2b(random[:_HALF], key=self._key, digest_size=32, person=b"sluice-once")
        return AESGCM(once.digest())


def _context(bound: str) -> bytes:
    return f"{VERSION}\0{bound}".encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Nothing where `text` is not the one way to write its bytes: the last character may have bits to spare."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return b""
    return data if _encoded(data) == text else b""
