"""Who calls the peer: the same tokens as Envoy verifies, by PyJWT."""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt
import orjson

from local.tokens import AUDIENCE, ISSUER

_ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a verified token says."""

    subject: str
    tier: str
    scopes: frozenset[str]


class Verifier:
    """Verifies bearer tokens by the keys of a JWK Set."""

    def __init__(self, jwks: bytes) -> None:
        keys: list[Mapping[str, str]] = orjson.loads(jwks)["keys"]
        self._keys = {str(key["kid"]): jwt.PyJWK(dict(key)) for key in keys}

    def caller(self, authorization: str) -> Caller | None:
        """The caller of a request with that header; `None` where the token does not hold."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            claims = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "sub"]},
            )
        except (jwt.InvalidTokenError, KeyError):
            return None
        return Caller(
            subject=claims["sub"],
            tier=str(claims.get("tier", "")),
            scopes=frozenset(str(claims.get("scope", "")).split()),
        )
