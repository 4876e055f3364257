"""The page beside the gateway: reached through it, and no part of it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from demo.sse import SseParser
from local.system import System
from tests.fixtures.system import answered, caller

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.envoy, pytest.mark.timeout(300)]


@pytest.fixture
async def visitor(paged: System) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the gateway's address."""
    async with httpx.AsyncClient(base_url=paged.public_url, timeout=30, follow_redirects=True) as client:
        yield client


async def test_the_address_leads_to_the_page(visitor: httpx.AsyncClient) -> None:
    """With the headers that keep everything else out of it."""
    answer = await visitor.get("/")

    assert (answer.status_code, answer.url.path) == (200, "/demo/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")


async def test_a_question_is_seen_on_its_way(paged: System, visitor: httpx.AsyncClient) -> None:
    """From the gateway's record to the end of the answer, all with the key by which the 202 can be followed."""
    async with visitor.stream("GET", "/demo/records") as stream, caller(paged, tier="standard") as alice:
        parser, seen = SseParser(), list[tuple[str, str]]()
        parts = stream.aiter_bytes()
        await anext(parts)
        query_id = await alice.ask("Who built the first pound lock?")
        async with asyncio.timeout(60):
            while not seen or seen[-1][1] != "rag.answer.done.v1":
                for event in parser.feed(await anext(parts)):
                    record = orjson.loads(event.data)
                    if record["query_key"] == query_id and record["topic"] != "rag.answers":
                        seen.append((record["topic"], record["type"]))

    assert [topic for topic, _ in seen[:3]] == ["rag.queries", "rag.contexts", "rag.results"]
    assert seen[0][1] == "rag.query.submitted.v1"


async def test_the_gateway_does_not_care_whether_the_page_lives(paged: System, visitor: httpx.AsyncClient) -> None:
    """Killed, it is 503 where it was, and questions are answered as ever; started again, it is there again."""
    await paged.kill("page")
    try:
        async with caller(paged) as alice:
            events = await answered(alice, "Who built the first pound lock?")
        gone = await visitor.get("/demo/tokens")
    finally:
        await paged.start("page")
    back = await visitor.get("/demo/tokens")

    assert events[-1].name == "done"
    assert (gone.status_code, gone.headers["content-type"]) == (503, "application/problem+json")
    assert back.status_code == 200
