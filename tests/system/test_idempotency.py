"""A retry with its Idempotency-Key, through Envoy, while processors die."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from demo.client import Answer, Client
from local.system import System
from tests.fixtures.fleet import Fleet
from tests.fixtures.system import caller, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

QUESTION = "Which retry of this question reaches the model?"
KEY: Mapping[str, str] = {"idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


async def test_racing_retries_are_one_query(fleet: Fleet) -> None:
    """Twenty at once make one record and one call; and the answer is still the same after both processors were killed."""
    async with asyncio.timeout(100), caller(fleet.system, sub="racer", tier="enterprise") as client:
        racing = await asyncio.gather(*(_post(client) for _ in range(20)))
        assert {answer.status for answer in racing} <= {202, 409}
        assert all("retry-after" in answer.headers for answer in racing if answer.status == 409)
        (body,) = {answer.body for answer in racing if answer.status == 202}
        query_id = orjson.loads(body)["query_id"]
        events = [event async for event in client.events(query_id)]
        assert events[-1].name == "done"
        await asyncio.gather(*(fleet.system.kill(name) for name in fleet.processors))
        await asyncio.gather(*(fleet.system.start(name) for name in fleet.processors))
        again = await _post(client)
        assert (again.status, again.body, again.headers["idempotent-replayed"]) == (202, body, "true")
        assert (await _post(client, question="Another?")).status == 422
        written = [record for record in await records(fleet.system, "rag.queries") if record.key == query_id.encode()]
        assert len(written) == 1
        assert await _calls(fleet.system) == {"started": 1, "finished": 1}


async def _post(client: Client, *, question: str = QUESTION) -> Answer:
    return await client.post("/queries", {"question": question}, headers=KEY)


async def _calls(system: System) -> dict[str, Any]:
    """What the model was asked of it."""
    async with Client(system.stand_in_url or "", token="") as stand_in:
        report = (await stand_in.request("GET", "/control")).document()
    found: dict[str, Any] = report["questions"].get(QUESTION, {})
    return found
