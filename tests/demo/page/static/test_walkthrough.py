"""Every step of the walkthrough, done by its button in a browser, on a whole Sluice."""

import json
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from demo.page.shots import STEPS as PICTURED
from demo.page.visitor import Visitor
from demo.page.walkthrough.steps import STEPS

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

WAY = ("POST /queries", "rag.queries", "retriever", "rag.contexts", "generator", "rag.results", "GET /results")


async def test_the_page_shows_all_steps_in_their_order(visitor: Visitor) -> None:
    """Each step has its title, and each has a picture in the documents."""
    titles = await visitor.page.locator("#steps button.title > span:nth-child(2)").all_inner_texts()
    assert [step.title for step in STEPS] == titles
    assert tuple(step.id for step in STEPS) == PICTURED


async def test_identity(visitor: Visitor) -> None:
    """The tier is chosen, and its token is shown taken apart."""
    await visitor.do("identity")
    token = visitor.page.locator("#token")
    await expect(visitor.page.get_by_role("radio", name="Standard")).to_be_checked()
    assert len((await token.locator(".raw").inner_text()).split(".")) == 3
    claims = await _pairs(token.locator(".claims"))
    assert claims["sub"].startswith("alice")
    assert claims["tier"].startswith("standard")
    assert "proxy:publish proxy:stream" in claims["scope"]


async def test_ask(visitor: Visitor) -> None:
    """The POST is shown with its 202, the id and where the result is; the token and the ticket are cut short."""
    await visitor.do("ask")
    request, answer = await visitor.page.locator(".posted .exchange > section").all()
    await expect(request).to_contain_text("POST /queries")
    await expect(answer.locator(".status")).to_have_text("202")
    document = json.loads(await answer.locator(".json").inner_text())
    assert document["status"] == "queued"
    assert document["results_url"] == f"/results/{document['query_id']}"
    assert len(document["stream_url"].partition("ticket=")[2]) < 20
    assert document["record"]["topic"] == "rag.queries"


async def test_stream(visitor: Visitor) -> None:
    """The answer has streamed with citations, and the first opens the passage with what was quoted marked."""
    await visitor.do("stream")
    passage = visitor.page.get_by_role("dialog")
    await expect(passage).to_be_visible()
    quoted = await passage.locator("mark").inner_text()
    assert quoted in await passage.locator(".text").inner_text()
    await visitor.page.keyboard.press("Escape")
    await expect(passage).to_be_hidden()
    answer = visitor.page.locator(".answer").first
    await expect(answer.locator(".state")).to_have_text("Done")
    assert "stop planks within 4 hours" in await answer.locator(".words").inner_text()
    assert await answer.locator("button.cite").count() > 0
    assert "claude-sonnet" in await answer.locator(".foot").inner_text()


async def test_log(visitor: Visitor) -> None:
    """The query's way is drawn from the POST to the stream, and its first record opens with who asked."""
    await visitor.do("log")
    log = visitor.page.locator("#view > section:not([hidden])")
    assert list(WAY) == await log.locator(".lane.reached .name").all_inner_texts()
    topics = await log.locator(".record").evaluate_all("rows => [...new Set(rows.map(row => row.dataset.topic))]")
    assert topics[:3] == ["rag.queries", "rag.contexts", "rag.results"]
    headers = await _pairs(log.locator(".record[open] .headers").last)
    assert (headers["user-id"], headers["user-tier"]) == ("alice", "standard")
    assert headers["identity-sig"]
    assert headers["ce_type"] == "rag.query.submitted.v1"


async def test_add(visitor: Visitor) -> None:
    """A note goes over the log to the embedder; one that is labelled above the writer's tier is refused with the reason."""
    await visitor.do("add")
    view = visitor.page.locator("#view > section:not([hidden])")
    await expect(view.locator(".exchange .status")).to_have_text("202")
    assert await view.locator(".lane.reached .name").all_inner_texts() == [
        "POST /chunks",
        "rag.chunks",
        "embedder",
        "rag.embeddings",
    ]
    await view.get_by_role("radio", name="Confidential").check()
    await view.get_by_role("button", name="Add", exact=True).click()
    await expect(view.locator(".exchange .status")).to_have_text("403")
    assert json.loads(await view.locator(".json").last.inner_text())["required_tier"] == "enterprise"


async def test_tiers(visitor: Visitor) -> None:
    """Three tiers get three answers, each from what it may read and nothing else."""
    await visitor.do("tiers")
    seen = {tier: await _column(visitor, tier) for tier in ("free", "standard", "enterprise")}
    assert {label for _, label in seen.values()} == {"public", "internal public", "confidential internal public"}
    assert "ring the keeper" in seen["free"][0]
    assert "stop planks" not in seen["free"][0]
    assert "stop planks" in seen["standard"][0]
    assert "2,300 crowns" not in seen["standard"][0]
    assert "2,300 crowns" in seen["enterprise"][0]


async def test_forged(visitor: Visitor) -> None:
    """A token with a tier that was written into it is 401, and the page says why."""
    [(status, headers, problem)] = await _tried(visitor, "forged")
    assert (status, problem["status"]) == ("401", 401)
    assert 'error="invalid_token"' in headers["www-authenticate"]
    assert "signature" in problem["detail"]


async def test_stranger(visitor: Visitor) -> None:
    """Another's result is 404, in the very words of one that never existed."""
    tried = await _tried(visitor, "stranger")
    assert [status for status, _, _ in tried] == ["404", "404"]
    own = ("instance", "trace_id")
    theirs, nobodys = ({name: said for name, said in one[2].items() if name not in own} for one in tried)
    assert theirs == nobodys


async def test_schema(visitor: Visitor) -> None:
    """A broken body is 400 with a pointer to each violation."""
    [(status, _, problem)] = await _tried(visitor, "schema")
    assert status == "400"
    pointers = {error["pointer"] for error in problem["errors"]}
    assert {"#/doc_id", "#/chunk_index", "#/text", "#/visibility"} == pointers


async def test_expired(visitor: Visitor) -> None:
    """A token whose time is over is 401, which says so."""
    [(status, headers, _)] = await _tried(visitor, "expired")
    assert status == "401"
    assert "expired" in headers["www-authenticate"]


async def _tried(visitor: Visitor, step: str) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """The status, headers and problem of each answer, of which the page also says why it came."""
    await visitor.do(step)
    sheet = visitor.page.locator(f"#trick-{step}")
    await expect(sheet.locator(".why")).to_be_visible()
    return [
        (
            await answer.locator(".status").inner_text(),
            await _pairs(answer.locator(".headers")),
            json.loads(await answer.locator(".json").inner_text()),
        )
        for answer in await sheet.locator(".exchange > section:nth-child(2)").all()
    ]


async def _column(visitor: Visitor, tier: str) -> tuple[str, str]:
    """A tier's answer, and the labels of the passages that it was given."""
    column = visitor.page.get_by_label(f"Tier {tier}", exact=True)
    sources = column.locator(".sources li")
    await expect(sources.locator(".label")).to_have_count(await sources.count())
    labels = sorted(set(await sources.locator(".label").all_inner_texts()))
    return await column.locator(".words").inner_text(), " ".join(labels)


async def _pairs(terms: Locator) -> dict[str, str]:
    names, values = await terms.locator("dt").all_inner_texts(), await terms.locator("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))
