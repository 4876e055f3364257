"""Browsers' pages: preflights without a token, and answers that a script may read."""

import pytest

from envoy.filters.cors import cors_policy
from runtime.settings.edge import CorsSettings
from tests.fixtures.envoy import ORIGIN, Edge

pytestmark = pytest.mark.envoy
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


@pytest.mark.parametrize("path", ["/chunks", "/results/abc", "/unknown"])
async def test_a_preflight_needs_no_token(edge: Edge, path: str) -> None:
    """The page's origin is told what it may send, before it has sent a token."""
    answer = await edge.client.options(path, headers={"origin": ORIGIN, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_another_origin_gets_no_leave(edge: Edge) -> None:
    """A preflight from elsewhere is answered without the header that would allow it."""
    answer = await edge.client.options("/chunks", headers={"origin": "https://evil.test", **PREFLIGHT})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/chunks", {}, 202),
        ("/chunks", {"authorization": ""}, 401),
        ("/chunks", {"x-status": "409"}, 409),
        ("/chunks", {"x-script": "end"}, 503),
        ("/unknown", {}, 404),
        ("/results/abc", {}, 405),
    ],
)
async def test_every_answer_can_be_read(edge: Edge, path: str, headers: dict[str, str], status: int) -> None:
    """Refusals carry the CORS headers as successes do, or a script could not tell why."""
    answer, _ = await edge.ask(path, json={}, headers={"origin": ORIGIN, **headers})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"location", "retry-after", "ratelimit", "ratelimit-policy", "www-authenticate"} <= set(exposed)


def test_any_origin_and_none() -> None:
    """A star allows every origin, also one that is not literally a star; an empty list allows none."""
    star = cors_policy(CorsSettings(origins=("*",)), methods=("GET",)).allow_origin_string_match
    assert star[0].safe_regex is not None
    none = cors_policy(CorsSettings(), methods=("GET",))
    assert (none.allow_origin_string_match, none.allow_credentials) == ([], False)


def test_credentials_need_named_origins() -> None:
    """With a star, any page could read as whoever visits it: that is refused at start."""
    with pytest.raises(ValueError, match="credentials need named origins"):
        CorsSettings(origins=("https://page.test", "*"), credentials=True)
