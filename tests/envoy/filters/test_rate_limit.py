"""Limits: each caller has its tier's bucket, and is told of it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


async def _ask(edge: Edge, token: str, path: str = "/chunks") -> httpx.Response:
    answer, _ = await edge.ask(path, json={}, headers={"authorization": f"Bearer {token}"})
    return answer


async def test_past_its_burst_a_caller_waits(edge: Edge) -> None:
    """The fourth of three is 429 with the time to wait, and a problem."""
    token = edge.keys["main"].token(tier="free")
    answers = [await _ask(edge, token) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    refused = answers[-1]
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.json()["type"].endswith("/rate-limited")
    assert refused.headers["ratelimit"] == f'"caller";r=0;t={refused.headers["retry-after"]}'


async def test_success_says_what_is_left(edge: Edge) -> None:
    """`RateLimit` counts down, `RateLimit-Policy` says quota and window, and no early draft's names are seen."""
    token = edge.keys["main"].token(tier="free")
    answers = [await _ask(edge, token) for _ in range(2)]
    assert [answer.headers["ratelimit"] for answer in answers] == ['"caller";r=2', '"caller";r=1']
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"caller";q=3;w=30'}
    assert not [name for answer in answers for name in answer.headers if name.startswith("x-ratelimit")]
    assert {answer.headers["retry-after"] for answer in answers} == {"7"}, "the processor's own stays"


async def test_another_caller_has_its_own(edge: Edge) -> None:
    """One caller's use is nobody else's, and workers count together."""
    spent, fresh = (edge.keys["main"].token(tier="free") for _ in range(2))
    first = await asyncio.gather(*(_ask(edge, spent) for _ in range(12)))
    assert sorted(answer.status_code for answer in first) == [202] * 3 + [429] * 9
    assert (await _ask(edge, fresh)).status_code == 202


async def test_a_route_can_be_free_of_limits(edge: Edge) -> None:
    """`limited: false` neither counts nor tells."""
    token = edge.keys["main"].token(tier="free")
    answers = [await _ask(edge, token, "/free") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 5
    assert "ratelimit" not in answers[0].headers


async def test_a_tier_without_a_rate_is_not_counted(edge: Edge) -> None:
    """It has no limit, so it is told of none."""
    answer, _ = await edge.ask("/chunks", json={})
    assert answer.status_code == 202
    assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


@pytest.mark.parametrize(
    ("issuer", "claims", "quota"),
    [
        ("main", {"tier": "standard"}, 20),
        ("main", {"tier": "platinum"}, 3),
        ("main", {"tier": ["standard"]}, 20),
        ("main", {"tier": ["free", "root", "standard"]}, 20),
        ("main", {"tier": ["root"]}, 3),
        ("main", {"tier": []}, 3),
        ("main", {"tier": {"standard": True}}, 3),
        ("main", {"tier": 7}, 3),
        ("main", {}, 3),
        ("nested", {"realm": {"tier": "standard"}}, 20),
        ("nested", {"realm.tier": "standard"}, 20),
        ("nested", {"realm": {"tier": ["free", "standard"]}}, 20),
        ("nested", {"realm": {"tier": "platinum"}}, 3),
        ("nested", {"realm": "standard"}, 3),
        ("nested", {"tier": "standard"}, 3),
    ],
)
async def test_the_tier_is_where_the_issuer_keeps_it(
    edge: Edge, issuer: str, claims: dict[str, Any], quota: int
) -> None:
    """Claim names are the issuer's own, and whatever names no tier counts as the lowest."""
    answer = await _ask(edge, edge.keys[issuer].token(user=f"{issuer}{claims}", **claims))
    assert answer.headers["ratelimit-policy"].startswith(f'"caller";q={quota};')


async def test_the_subject_is_where_the_issuer_keeps_it(edge: Edge) -> None:
    """Two tokens that differ in `sub` are one caller where another claim says who calls."""
    answers = [await _ask(edge, edge.keys["nested"].token(user="dora")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]


async def test_tokens_without_a_subject_share_a_bucket(edge: Edge) -> None:
    """Whoever leaves out the subject gains nothing by it."""
    answers = [await _ask(edge, edge.keys["main"].token(sub=None, tier="enterprise")) for _ in range(4)]
    assert answers[-1].status_code == 429


async def _statuses(edge: Edge, address: str, count: int, path: str = "/watch/q") -> list[int]:
    return [(await edge.ask_without(path, address=address))[0].status_code for _ in range(count)]


async def test_without_a_token_an_address_is_counted(edge: Edge) -> None:
    """Whoever comes without one is held to the address's rate, whatever tickets it makes up."""
    answers = [await edge.ask_without(f"/watch/q?ticket=v1.{n}", address="127.0.0.41") for n in range(7)]
    assert [answer.status_code for answer, _ in answers] == [200] * 5 + [429] * 2
    refused = answers[-1][0]
    assert refused.headers["ratelimit-policy"] == '"caller";q=5;w=50'
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.json()["type"].endswith("/rate-limited")


async def test_a_flood_from_one_address_holds_up_nobody_else(edge: Edge) -> None:
    """Neither another address, nor a caller with a token at the same one, nor those whose tokens name no subject."""
    assert (await _statuses(edge, "127.0.0.42", 6))[-1] == 429
    assert await _statuses(edge, "127.0.0.43", 1) == [200]
    headers = {"authorization": f"Bearer {edge.keys['main'].token(tier='free')}"}
    answer, _ = await edge.ask_without("/watch/q", address="127.0.0.42", headers=headers)
    assert (answer.status_code, answer.headers["ratelimit"]) == (200, '"caller";r=2')
