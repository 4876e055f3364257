"""The system that is broken: small, quick to start, and with two of each worker that keeps something in its hands."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from demo.client import Client
from demo.errors import Refused, Unreachable
from local.system import System
from tests.chaos.plan import Crew
from tests.fixtures.settings import changed
from tests.fixtures.system import caller, metric

SESSION = 10.0  # seconds; as by default
SHORT_SESSION = 6.0  # the least that a broker allows, so that a test need not freeze anybody for long
COUNTS = {"PROCESSORS": 2, "RESULTS": 2, "RETRIEVERS": 2, "GENERATORS": 2}
TOKEN_DELAY = 0.05  # seconds: an answer takes one or two, so that whoever dies has some in its hands
LIBRARY = (
    "A weir is a low wall across a river that holds the water back; the weir keeper watches its level.",
    "The keeper of a weir opens the sluices when the river rises above the second mark on the gauge.",
    "Boats pass a weir through a lock, which has two gates and a chamber between them.",
    "A weir keeper keeps a log of the water's level, every hour by day and every two by night.",
)

_REMOTE = 'embedding: {provider: openai, model: stand-in, base_url: "${ANTHROPIC_BASE_URL}/v1", api_key: none}'
_LOCAL = "embedding: {provider: local}"
_KAFKA = 'kafka: {bootstrap: "${KAFKA_BOOTSTRAP:-127.0.0.1:9092}"'
_EDGE = "edge:\n"


def crew(session: float = SESSION) -> Crew:
    """Whom there is to harm."""
    return Crew(
        gateways=("processor-0", "processor-1", "results-0", "results-1"),
        workers=("embedder", "retriever", "retriever-1", "generator", "generator-1"),
        session=session,
    )


@asynccontextmanager
async def rig(home: Path, *, session: float = SESSION) -> AsyncIterator[System]:
    """A system with a few passages in its index; the stand-in embeds too, so that nobody has to load a model."""
    file = home / "gateway.yaml"
    file.write_text(_declared(session), encoding="utf-8")
    environ = {f"SLUICE_{name}": str(count) for name, count in COUNTS.items()}
    async with System(home / "s", environ=environ, config=file) as system:
        await _told(system, "POST", {"token_delay": TOKEN_DELAY})
        await _filled(system)
        yield system


def _declared(session: float) -> str:
    text = changed(_LOCAL, _REMOTE)
    for old, new in ((_KAFKA, f"{_KAFKA}, consumer: {{session_timeout: {session}}}"), (_EDGE, f"{_EDGE}  drain: 2\n")):
        assert old in text
        text = text.replace(old, new, 1)
    return text


async def calls(system: System) -> Mapping[str, int]:
    """By question, how many answers the stand-in model has begun."""
    found = await _told(system, "GET", None)
    return {question: counts.get("started", 0) for question, counts in found["questions"].items()}


async def _told(system: System, method: str, body: Any) -> Any:
    async with Client(system.stand_in_url or "", token="") as client:
        sent = None if body is None else orjson.dumps(body)
        answer = await client.request(method, "/control", body=sent)
    assert answer.status == 200, answer.body
    return answer.document()


async def _filled(system: System) -> None:
    """Returns once every retriever finds the library."""
    async with caller(system, tier="enterprise") as client, asyncio.timeout(60):
        for number, passage in enumerate(LIBRARY):
            await _published(client, {"doc_id": "weirs", "chunk_index": number, "text": passage})
        for name in ("retriever", "retriever-1"):
            while await metric(system, name, "worker_index_passages") < len(LIBRARY):  # noqa: ASYNC110  # it counts there
                await asyncio.sleep(0.1)


async def _published(client: Client, chunk: Mapping[str, Any]) -> None:
    while True:
        try:
            await client.publish({**chunk, "visibility": "public"})
        except (Refused, Unreachable):  # the processors are ready, and Envoy may not have heard of it
            await asyncio.sleep(0.1)
        else:
            return
