"""Tokens of the demo issuer."""

from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.errors import TokenRefused
from local.tokens import AUDIENCE, ISSUER, KEY_ID, Issuer, SigningKey
from runtime.settings.identity import IssuerSettings
from runtime.settings.load import load

KEY = SigningKey.generate()


def verified(token: str, *, by: SigningKey = KEY) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_json(by.jwks().decode())
    found: dict[str, Any] = jwt.decode(
        token, keys[jwt.get_unverified_header(token)["kid"]], algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER
    )
    return found


def test_a_token_says_who_and_what() -> None:
    """The claims that gateway.yaml asks for, signed by the key in the JWKS."""
    claims = verified(KEY.mint(tier="standard", sub="bob", scopes=("proxy:stream",), ttl=60))

    assert claims["exp"] - claims["iat"] == 60
    assert {name: claims[name] for name in ("sub", "tier", "scope")} == {
        "sub": "bob",
        "tier": "standard",
        "scope": "proxy:stream",
    }


def test_the_gateway_trusts_this_issuer() -> None:
    """Issuer and audience are those of gateway.yaml."""
    gateway = load("gateway.yaml", environ={"SLUICE_ID_KEY": "i" * 32, "SLUICE_RECORD_KEY": "r" * 32})
    (issuer,) = gateway.identity.issuers

    assert (issuer.issuer, issuer.audiences) == (ISSUER, (AUDIENCE,))
    assert Issuer.of(issuer) == Issuer()


def test_claims_go_where_the_issuer_keeps_them() -> None:
    """Names are the configuration's, and a dot makes an object; the key goes by the issuer's name."""
    settings = IssuerSettings.model_validate(
        {
            "name": "example",
            "issuer": "https://auth.example.com",
            "audiences": ["https://api.example.com", "https://other.example.com"],
            "jwks": {"file": "jwks.json"},
            "claims": {"tier": "realm.roles", "scopes": "realm.scopes"},
        }
    )
    token = KEY.speaking_for(Issuer.of(settings)).mint(tier="standard", scopes=("a", "b"))
    claims = jwt.decode(token, options={"verify_signature": False})

    assert jwt.get_unverified_header(token)["kid"] == "example"
    assert (claims["iss"], claims["aud"]) == ("https://auth.example.com", "https://api.example.com")
    assert (claims["sub"], claims["realm"]) == ("alice", {"roles": "standard", "scopes": "a b"})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"ttl": -60}, jwt.ExpiredSignatureError),
        ({"audience": "https://other.example"}, jwt.InvalidAudienceError),
        ({"issuer": "https://other.example"}, jwt.InvalidIssuerError),
        ({"extra": {"aud": None}}, jwt.MissingRequiredClaimError),
    ],
)
def test_bad_tokens_can_be_made(options: dict[str, Any], error: type[Exception]) -> None:
    """Tests need tokens that must be refused."""
    with pytest.raises(error):
        verified(KEY.mint(**options))


def test_another_key_of_the_same_name_does_not_verify() -> None:
    """A forger who knows the key id still lacks the key."""
    with pytest.raises(jwt.InvalidSignatureError):
        verified(SigningKey.generate(issuer=Issuer(key_id=KEY_ID)).mint())


def test_claims_can_be_added_and_left_out() -> None:
    """`extra` has the last word."""
    claims = verified(KEY.mint(extra={"tier": None, "roles": ["free"]}))

    assert "tier" not in claims
    assert claims["roles"] == ["free"]


def test_a_key_comes_back_from_its_pem() -> None:
    """What was written at the first start signs at the second."""
    again = SigningKey.from_pem(KEY.pem())

    assert again.jwks() == KEY.jwks()
    assert verified(again.mint())["sub"] == "alice"


def test_the_jwks_holds_the_public_half_only() -> None:
    """Nothing in it can sign (RFC 7518, 6.3.2)."""
    (key,) = orjson.loads(KEY.jwks())["keys"]

    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    assert "key_id" in repr(KEY)
    assert "PRIVATE" not in repr(KEY)


def test_only_rsa_keys_are_taken() -> None:
    """A key of another kind is refused when it is read, not when it signs."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ValueError, match="not an RSA key"):
        SigningKey.from_pem(pem)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        KEY.mint(ttl=-60),
        KEY.mint(issuer="https://other.example"),
        KEY.mint(audience="https://other.example"),
        KEY.mint(extra={"exp": None}),
        SigningKey.generate().mint(),
        jwt.encode({"sub": "alice"}, "k" * 32, algorithm="HS256"),
        jwt.encode({"sub": "alice"}, "", algorithm="none"),
    ],
    ids=["none", "nonsense", "expired", "issuer", "audience", "endless", "key", "symmetric", "unsigned"],
)
def test_a_key_reads_only_its_own_tokens(token: str) -> None:
    """What it has not signed, for its audience and until now, is refused."""
    assert KEY.read(KEY.mint(sub="bob"))["sub"] == "bob"
    with pytest.raises(TokenRefused):
        KEY.read(token)
