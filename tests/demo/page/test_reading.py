"""Passages, for who may read them."""

import pytest

from local.tokens import SigningKey
from tests.demo.page.served import KEY, Served


@pytest.mark.parametrize(
    ("tier", "visibility", "status"),
    [
        ("free", "public", 200),
        ("free", "internal", 403),
        ("standard", "internal", 200),
        ("standard", "confidential", 403),
        ("enterprise", "confidential", 200),
        ("enterprise", "no-such-label", 403),
        ("no-such-tier", "internal", 403),
    ],
)
async def test_a_passage_is_for_who_may_read_it(page: Served, tier: str, visibility: str, status: int) -> None:
    """By the table of tiers, as for the retriever; an unknown tier is the lowest."""
    place = page.log.end
    await page.chunk("a/b", visibility=visibility)
    await page.log.beyond(place)
    answer = await page.client.get("/demo/passages/a/b/0", headers={"authorization": f"Bearer {KEY.mint(tier=tier)}"})

    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    if status == 200:
        expected = {"doc_id": "a/b", "chunk_index": 0, "text": "text of a/b", "visibility": visibility}
        assert answer.json() == {**expected, "source_url": None}
    else:
        assert "text of" not in answer.text


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer x.y.z",
        f"Basic {KEY.mint()}",
        f"Bearer {KEY.mint(ttl=-60)}",
        f"Bearer {SigningKey.generate().mint(tier='enterprise')}",
    ],
    ids=["none", "empty", "nonsense", "basic", "expired", "other-key"],
)
async def test_without_a_good_token_nothing_is_said(page: Served, header: str | None) -> None:
    """Not even whether there is such a passage."""
    answer = await page.client.get("/demo/passages/a/0", headers={"authorization": header} if header else {})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="sluice"')


@pytest.mark.parametrize("path", ["a/0", "a/1", "a/b/c/0", "a/999999999", "%23/0"])
async def test_what_there_is_not_is_404(page: Served, path: str) -> None:
    """A problem, as the gateway's."""
    answer = await page.client.get(f"/demo/passages/{path}", headers={"authorization": f"bearer {KEY.mint()}"})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
