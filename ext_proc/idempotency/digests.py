"""What stands in the log for a caller's key and for what was asked: digests, made with a secret, that lead back to neither."""

import hashlib

import orjson

from ext_proc.exchange import Exchange

_NAME_BYTES = 16
_FINGERPRINT_BYTES = 16


class Digests:
    """Makes them with one secret key."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.blake2b(key.encode(), digest_size=64, person=b"sluice-idem").digest()

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Digests(...)"

    def name(self, *, subject: str, key: str) -> bytes:
        """Under which name a key of this caller's is in the log; another caller's same key has another."""
        return self._digest(_NAME_BYTES, b"name", subject.encode(), key.encode())

    def fingerprint(self, exchange: Exchange) -> bytes:
        """Of what is asked, whoever asks: the route, the path, and the document, however its members are ordered."""
        route, path = exchange.route.encode(), exchange.path.encode()
        if exchange.document is not None:
            document = orjson.dumps(exchange.document, option=orjson.OPT_SORT_KEYS)
            return self._digest(_FINGERPRINT_BYTES, b"document", route, path, document)
        content_type = exchange.headers.get("content-type", "").encode()
        return self._digest(_FINGERPRINT_BYTES, b"body", route, path, content_type, exchange.body)

    def many(self, exchange: Exchange) -> bytes:
        """Of a request with many records, whose body is compared as it comes: where it goes."""
        return self._digest(_FINGERPRINT_BYTES, b"many", exchange.route.encode(), exchange.path.encode())

    def _digest(self, size: int, *parts: bytes) -> bytes:
        """Every part is preceded by its length, so that no two different lists of parts give the same input."""
        digest = hashlib.blake2b(key=self._key, digest_size=size)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()
