"""While more waits than a tier may wait for, the edge says so; and it takes everything again as soon as that is over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bus.kafka.bus import KafkaBus
from demo.client import Answer, Client
from local.system import System
from schemas.load import Load
from schemas.signature import Signer
from tests.ext_proc.load.loads import lanes, load, load_record
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SURE = 6  # answers in a row after which every processor has heard of it
FLOOD = load(lanes=lanes(free=1_000_000))


@asynccontextmanager
async def worker(system: System) -> AsyncIterator[Callable[[Load], Awaitable[object]]]:
    """Says what a generator of that name says."""
    signer = Signer(system.gateway.keys.records.get_secret_value())
    async with KafkaBus(system.gateway.kafka).producer() as producer:
        yield lambda said: producer.put(load_record("test-generator", said, signer=signer))


async def until(client: Client, status: int, say: Callable[[], Awaitable[object]]) -> Answer:
    """Asks until every processor answers so."""
    found = 0
    async with asyncio.timeout(60):
        while found < SURE:
            await say()
            answer = await client.post("/queries", {"question": "What is a weir?"})
            assert answer.status in {202, 503}
            found = found + 1 if answer.status == status else 0
    return answer


async def test_a_flood_is_refused_at_the_edge(system: System) -> None:
    """With the problem and Retry-After, through Envoy; others and chunks are taken, and all are when it has left."""
    async with caller(system) as free, caller(system, tier="enterprise") as enterprise, worker(system) as say:
        refused = await until(free, 503, lambda: say(FLOOD))
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "300"
        assert refused.document()["type"].endswith("/temporary-reduced-capacity")
        assert (await enterprise.post("/queries", {"question": "What is a weir?"})).status == 202
        chunk = {"doc_id": "flood", "chunk_index": 0, "text": "Much water.", "visibility": "public"}
        assert (await free.post("/chunks", chunk)).status == 202
        await until(free, 202, lambda: say(load(leaving=True)))
