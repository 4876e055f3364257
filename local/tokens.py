"""Tokens of a demo issuer: a signing key, its public half as a JWKS, and JWTs. The only importer of jwt and cryptography."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://auth.sluice.example"
AUDIENCE = "https://api.sluice.example"
SCOPES = ("proxy:publish", "proxy:stream")
KEY_ID = "demo"
HOUR = 3600.0

_ALGORITHM = "RS256"


class SigningKey:
    """An RSA key that signs tokens."""

    def __init__(self, key: rsa.RSAPrivateKey, *, key_id: str = KEY_ID) -> None:
        self._key = key
        self.key_id = key_id

    def __repr__(self) -> str:
        """Never shows the key."""
        return f"SigningKey(key_id={self.key_id!r})"

    @classmethod
    def generate(cls, *, key_id: str = KEY_ID) -> Self:
        """A new key of 2048 bits."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048), key_id=key_id)

    @classmethod
    def from_pem(cls, pem: bytes, *, key_id: str = KEY_ID) -> Self:
        """The key that `pem` wrote.

        Raises:
            ValueError: It is no RSA key in PEM.
        """
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            msg = "not an RSA key"
            raise ValueError(msg)  # noqa: TRY004 - it is the text that is wrong, as for any other bad PEM
        return cls(key, key_id=key_id)

    def pem(self) -> bytes:
        """The private key, unencrypted: for a file that only its owner can read."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def jwks(self) -> bytes:
        """The public half as a JWK Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        key.pop("key_ops", None)  # RFC 7517, 4.3: `use` and `key_ops` are not to be used together
        return orjson.dumps({"keys": [{**key, "use": "sig", "alg": _ALGORITHM, "kid": self.key_id}]})

    def mint(
        self,
        *,
        tier: str = "free",
        sub: str = "alice",
        scopes: Sequence[str] = SCOPES,
        ttl: float = HOUR,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        extra: Mapping[str, Any] | None = None,
    ) -> str:
        """A signed token.

        Args:
            tier: The claim `tier`.
            sub: Whom it is for.
            scopes: What it allows, as one text (RFC 8693).
            ttl: Seconds that it is good for; a negative number gives a token that has expired.
            issuer: The claim `iss`.
            audience: The claim `aud`.
            extra: Further claims; `None` for one of those above leaves it out.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": audience,
            "sub": sub,
            "tier": tier,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + int(ttl),
            **(extra or {}),
        }
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(present, self._key, algorithm=_ALGORITHM, headers={"kid": self.key_id})
