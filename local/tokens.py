"""Tokens of a demo issuer: a signing key, its public half as a JWKS, and JWTs.

The only importer of jwt; cryptography is imported here and, for certificates, in `local.certificate`.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.errors import TokenRefused
from runtime.settings.identity import ClaimNames, IssuerSettings

ISSUER = "https://auth.sluice.example"
AUDIENCE = "https://api.sluice.example"
SCOPES = ("proxy:publish", "proxy:stream")
KEY_ID = "demo"
HOUR = 3600.0

_ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What all tokens of an issuer say of themselves; by default what gateway.yaml declares.

    Attributes:
        url: The claim `iss`.
        audience: The claim `aud`.
        key_id: The `kid` of its one key.
        claims: Which claims carry what.
    """

    url: str = ISSUER
    audience: str = AUDIENCE
    key_id: str = KEY_ID
    claims: ClaimNames = field(default_factory=ClaimNames)

    @classmethod
    def of(cls, settings: IssuerSettings) -> Self:
        """The issuer as a configuration declares it; its key goes by its name."""
        return cls(url=settings.issuer, audience=settings.audiences[0], key_id=settings.name, claims=settings.claims)


class SigningKey:
    """An RSA key that signs tokens of an issuer."""

    def __init__(self, key: rsa.RSAPrivateKey, *, issuer: Issuer | None = None) -> None:
        self._key = key
        self.issuer = issuer or Issuer()

    def __repr__(self) -> str:
        """Never shows the key."""
        return f"SigningKey(key_id={self.issuer.key_id!r})"

    @classmethod
    def generate(cls, *, issuer: Issuer | None = None) -> Self:
        """A new key of 2048 bits."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048), issuer=issuer)

    @classmethod
    def from_pem(cls, pem: bytes, *, issuer: Issuer | None = None) -> Self:
        """The key that `pem` wrote.

        Raises:
            ValueError: It is no RSA key in PEM.
        """
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            msg = "not an RSA key"
            raise ValueError(msg)  # noqa: TRY004 - it is the text that is wrong, as for any other bad PEM
        return cls(key, issuer=issuer)

    def speaking_for(self, issuer: Issuer) -> Self:
        """The same key in the hands of another issuer."""
        return type(self)(self._key, issuer=issuer)

    def pem(self) -> bytes:
        """The private key, unencrypted: for a file that only its owner can read."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def jwks(self) -> bytes:
        """The public half as a JWK Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        key.pop("key_ops", None)  # RFC 7517, 4.3: `use` and `key_ops` are not to be used together
        return orjson.dumps({"keys": [{**key, "use": "sig", "alg": _ALGORITHM, "kid": self.issuer.key_id}]})

    def mint(
        self,
        *,
        tier: str = "free",
        sub: str = "alice",
        scopes: Sequence[str] = SCOPES,
        ttl: float = HOUR,
        issuer: str | None = None,
        audience: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> str:
        """A signed token.

        Args:
            tier: The caller's tier.
            sub: Whom it is for.
            scopes: What it allows, as one text (RFC 8693).
            ttl: Seconds that it is good for; a negative number gives a token that has expired.
            issuer: The claim `iss`; the issuer's own by default.
            audience: The claim `aud`; the issuer's own by default.
            extra: Further claims; `None` for one of those above leaves it out.
        """
        now, names = int(time.time()), self.issuer.claims
        claims: dict[str, Any] = {
            "iss": issuer or self.issuer.url,
            "aud": audience or self.issuer.audience,
            "iat": now,
            "exp": now + int(ttl),
        }
        for name, value in ((names.subject, sub), (names.tier, tier), (names.scopes, " ".join(scopes))):
            _put(claims, name, value)
        claims |= extra or {}
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(present, self._key, algorithm=_ALGORITHM, headers={"kid": self.issuer.key_id})

    def read(self, token: str) -> Mapping[str, Any]:
        """What a token says that this key has signed.

        Raises:
            TokenRefused: Another key has signed it, another issuer gave it, it is for another audience, or it has expired.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[_ALGORITHM],
                issuer=self.issuer.url,
                audience=self.issuer.audience,
                options={"require": ["exp"]},
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(reason=str(error)) from error
        return claims


def _put(claims: dict[str, Any], name: str, value: str) -> None:
    """Sets a claim; a dot in its name reaches into an object, as it does for whoever reads it."""
    *parents, last = name.split(".")
    for parent in parents:
        claims = claims.setdefault(parent, {})
    claims[last] = value
