"""The way into the demo."""

from pathlib import Path

import jwt
import pytest

from demo.entrance import Entrance
from demo.errors import Unreachable
from demo.place import Place
from local.keys import Keys
from local.tokens import SigningKey


def entrance(home: Path, **environ: str) -> Entrance:
    given = {"SLUICE_HOME": str(home), **environ}
    return Entrance.of(Place.of(given), given)


def test_the_native_demo_needs_no_certificate(tmp_path: Path) -> None:
    """Tokens are of the key in the data folder, and of the issuer in gateway.yaml."""
    way = entrance(tmp_path)

    assert (way.url, way.certificate) == ("http://127.0.0.1:8080", None)
    assert way.signing.jwks() == Keys.open(tmp_path).signing.jwks()


def test_tokens_are_what_the_profile_declares(tmp_path: Path) -> None:
    """Issuer, audience, key id and claims are those of Zilla's demo; one data folder serves both profiles."""
    way = entrance(tmp_path, PROFILE="zilla")
    token = way.signing.mint(tier="standard", sub="std-user@example.com")
    claims = jwt.decode(token, options={"verify_signature": False})

    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": "example", "typ": "JWT"}
    assert {name: claims[name] for name in ("iss", "aud", "sub", "roles", "scope")} == {
        "iss": "https://auth.example.com",
        "aud": "https://api.example.com",
        "sub": "std-user@example.com",
        "roles": "standard",
        "scope": "proxy:publish proxy:stream",
    }
    assert way.signing.pem() == entrance(tmp_path).signing.pem()


def test_a_key_that_was_brought_signs(tmp_path: Path) -> None:
    """Clients that mint tokens themselves are believed where their key is named."""
    own = SigningKey.generate()
    (tmp_path / "own.pem").write_bytes(own.pem())

    assert entrance(tmp_path, SLUICE_SIGNING_KEY=str(tmp_path / "own.pem")).signing.pem() == own.pem()


async def test_where_it_never_ran_nothing_answers(tmp_path: Path) -> None:
    """Nobody has made a certificate, so there is none to trust: said as what it means."""
    way = entrance(tmp_path, PROFILE="zilla")

    assert way.certificate == tmp_path / "tls" / "certificate.pem"
    with pytest.raises(Unreachable, match="nothing answers at https://localhost:7143"):
        await way.client(tier="free", sub="alice").__aenter__()
