"""The gateway is as it says that it is: what it answers, and what it writes."""

import asyncio
from collections import Counter
from typing import Any

import jsonschema_rs
import orjson
import pytest

from bus.records import Received
from ext_proc.described.documents import documents
from ext_proc.registry import BUILT_IN
from local.system import System
from tests.fixtures.system import answered, caller, records
from tests.system.forgetting import forgotten
from tests.system.fuzzing import fuzz

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FEW = 2
"""Of each kind for each operation; `make describe-fuzz` tries hundreds."""


async def served(system: System, name: str) -> Any:
    """A description, as everybody gets it."""
    async with caller(system) as client:
        return (await client.request("GET", f"/{name}.json")).document()


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_it_serves_what_it_is_configured_with(system: System, name: str) -> None:
    """Through Envoy, as `python -m ext_proc` prints it."""
    assert await served(system, name) == orjson.loads(documents(system.gateway, plugins=BUILT_IN)[f"/{name}.json"])


async def test_it_answers_as_it_says(system: System) -> None:
    """Good and bad requests, made from the description, and those that follow from one another, find nothing that is not in it."""
    token = system.keys.signing.mint(tier="enterprise", sub="fuzzer")
    async with forgotten(system, sub="fuzzer"):
        found = await asyncio.to_thread(fuzz, system.public_url, token=token, examples=FEW)
    assert found.wrong == []
    assert {"examples", "coverage", "fuzzing", "stateful"} <= found.tried.keys()
    assert found.tried.total() > 100


async def test_every_record_is_as_it_says(system: System) -> None:
    """On every topic each record has a declared type, the headers of all records, and the body of its type."""
    async with caller(system, sub="reader") as client:
        await answered(client, "What is a weir?")
    document = await served(system, "asyncapi")
    seen: Counter[str] = Counter()
    for topic in system.gateway.topics:
        messages = document["channels"][topic]["messages"]
        judges = {name: _judges(document, message) for name, message in messages.items()}
        for record in await records(system, topic):
            kind = record.header("ce_type") or ""
            if record.value is None or "dlq-reason" in dict(record.headers):  # a letter is as it was when it was none
                continue
            assert kind in judges, (topic, kind)
            assert [why for judge in judges[kind] for why in judge(record)] == [], (topic, kind, record.value)
            seen[kind] += 1
    assert {"rag.chunk.submitted.v1", "rag.chunk.embedded.v1", "rag.query.submitted.v1"} <= seen.keys()
    assert {"rag.context.retrieved.v1", "rag.answer.delta.v1", "rag.answer.done.v1"} <= seen.keys()


def _judges(document: Any, message: Any) -> list[Any]:
    headers = _validator(document, message["headers"])
    judges = [lambda record: [error.message for error in headers.iter_errors(_headers(record))]]
    if message["contentType"] == "application/json":
        payload = _validator(document, message["payload"])
        judges.append(lambda record: [error.message for error in payload.iter_errors(orjson.loads(record.value))])
    return judges


def _validator(document: Any, schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def _headers(record: Received) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}
