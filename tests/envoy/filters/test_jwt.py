"""Tokens: which pass, and how clearly the others are refused."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from runtime.settings.identity import IssuerSettings
from tests.fixtures.envoy import AUDIENCE, ISSUER, Edge, Keys

pytestmark = pytest.mark.envoy


def _hs256(keys: Keys) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "a", "exp": time.time() + 60}
    return jwt.encode(claims, "k" * 32, "HS256", headers={"kid": keys.kid})


def _unsigned(keys: Keys) -> str:
    claims = {"iss": keys.issuer, "aud": AUDIENCE, "sub": "a", "exp": time.time() + 60}
    return jwt.encode(claims, "", "none")


REFUSED: dict[str, tuple[Callable[[Keys], str], str]] = {
    "expired": (lambda keys: keys.token(exp=int(time.time()) - 60), "The token has expired."),
    "not yet valid": (lambda keys: keys.token(nbf=int(time.time()) + 600), "The token is not valid yet."),
    "another audience": (lambda keys: keys.token(aud="https://else.test"), "The token is for another audience."),
    "another issuer": (lambda keys: keys.token(iss="https://else.test"), "The token's issuer is not known here."),
    "no expiry": (lambda keys: keys.token(exp=None), "signature cannot be verified"),
    "another key": (lambda keys: Keys(ISSUER, keys.kid).token(), "signature cannot be verified"),
    "unknown key id": (lambda keys: Keys(keys.issuer, "nobody").token(), "signature cannot be verified"),
    "shared secret": (_hs256, "signature cannot be verified"),
    "unsigned": (_unsigned, "signature cannot be verified"),
    "garbage": (lambda keys: keys.kid, "malformed"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_bad_token_is_named_as_such(edge: Edge, kind: str) -> None:
    """Each is 401 with RFC 6750's error and what is wrong, and never reaches the processor."""
    make, detail = REFUSED[kind]
    token = make(edge.keys["main"])
    answer, seen = await edge.ask("/chunks", json={}, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, seen) == (401, None)
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="test", error="invalid_token", error_description="')
    assert detail in challenge
    assert detail in answer.json()["detail"]
    assert token not in answer.text + str(answer.headers)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic YTpi"}])
async def test_a_missing_token_is_asked_for(edge: Edge, headers: dict[str, str]) -> None:
    """Without a bearer token there is no error to name: the realm alone is said (RFC 6750, 3.1)."""
    answer = await edge.client.post("/chunks?access_token=secret", json={}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ['Bearer realm="test"']
    assert answer.json()["type"].endswith("/unauthorized")
    assert "secret" not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_has_no_case(edge: Edge, scheme: str) -> None:
    """Clients write the scheme in several ways, and all mean it."""
    token = edge.keys["main"].token(tier="enterprise", sub="bob")
    answer, seen = await edge.ask("/chunks", json={}, headers={"authorization": f"{scheme} {token}"})
    assert answer.status_code == 202
    assert seen is not None
    assert (seen.head.claims["sub"], seen.head.claims["iss"]) == ("bob", ISSUER)


async def test_the_token_ends_here(edge: Edge) -> None:
    """The processor gets the payload as metadata, and neither the token nor a cookie."""
    _, seen = await edge.ask("/chunks", json={}, headers={"cookie": "a=b"})
    assert seen is not None
    assert not {"authorization", "cookie"} & set(seen.head.headers)
    assert seen.head.claims["tier"] == "enterprise"


async def test_each_issuer_is_believed_for_itself(edge: Edge) -> None:
    """A token of the second issuer passes, and one that the second signed in the first's name does not."""
    other = edge.keys["nested"]
    good: dict[str, Any] = {"authorization": f"Bearer {other.token(user='carol')}"}
    answer, _ = await edge.ask("/free", json={}, headers=good)
    assert answer.status_code == 202
    forged = {"authorization": f"Bearer {other.token(iss=ISSUER)}"}
    answer, _ = await edge.ask("/free", json={}, headers=forged)
    assert answer.status_code == 401


async def test_the_leeway_forgives_a_slow_clock(edge: Edge) -> None:
    """A token that expired within the leeway still passes."""
    token = edge.keys["main"].token(exp=int(time.time()) - 2, tier="enterprise")
    answer, _ = await edge.ask("/chunks", json={}, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 202


@pytest.mark.parametrize("path", ["/watch/q", "/open/q"])
async def test_where_a_ticket_may_stand_for_it_a_token_may_be_missing(edge: Edge, path: str) -> None:
    """The processor is asked, and knows of no claims; another scheme is no token."""
    for headers in ({}, {"authorization": "Basic YTpi"}):
        answer, seen = await edge.ask_without(path, address="127.0.0.31", headers=headers)
        assert answer.status_code == 200
        assert seen is not None
        assert seen.head.claims == {}


@pytest.mark.parametrize("path", ["/watch/q", "/open/q"])
@pytest.mark.parametrize("issuer", ["main", "nested"])
async def test_a_good_token_still_says_who_calls(edge: Edge, path: str, issuer: str) -> None:
    """Of any issuer: that another one's provider has failed it does not matter."""
    token = edge.keys[issuer].token(sub="bob", tier="enterprise")
    headers = {"authorization": f"Bearer {token}"}
    answer, seen = await edge.ask_without(path, address="127.0.0.32", headers=headers)
    assert answer.status_code == 200
    assert seen is not None
    assert seen.head.claims["sub"] == "bob"


@pytest.mark.parametrize("path", ["/watch/q?ticket=v1.abc", "/open/q?ticket=v1.abc"])
@pytest.mark.parametrize("kind", REFUSED)
async def test_a_bad_token_is_not_made_good_by_a_ticket(edge: Edge, path: str, kind: str) -> None:
    """It may be missing, but not be bad: 401, and the processor is not asked."""
    make, detail = REFUSED[kind]
    headers = {"authorization": f"Bearer {make(edge.keys['main'])}"}
    answer, seen = await edge.ask_without(path, address="127.0.0.33", headers=headers)
    assert (answer.status_code, seen) == (401, None)
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("jwks", "remembered", "size"),
    [
        ({"file": "keys"}, None, 2000),
        ({"url": "http://x"}, None, 0),
        ({"url": "http://x"}, 50, 50),
        ({"file": "k"}, 0, 0),
    ],
)
def test_what_envoy_remembers_is_said_or_follows_from_the_keys(
    jwks: dict[str, str], remembered: int | None, size: int
) -> None:
    """Where keys may be withdrawn while it runs, nothing is remembered unless somebody asks for it."""
    issuer = IssuerSettings.model_validate(
        {"name": "a", "issuer": ISSUER, "audiences": [AUDIENCE], "jwks": jwks, "remembered": remembered}
    )
    assert issuer.most_remembered == size
