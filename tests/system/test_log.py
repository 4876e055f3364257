"""What is on Kafka is for everybody to read, and holds no secret."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer

from local.system import System
from tests.fixtures.system import answered, caller, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

TOPICS = ("rag.chunks", "rag.embeddings", "rag.queries", "rag.contexts", "rag.results", "rag.answers")
ALWAYS = {
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "content-type",
    "user-id",
    "user-tier",
    "identity-sig",
}


async def test_every_record_has_the_headers_of_the_contract_once(system: System) -> None:
    """On every topic, one value a name, and no token anywhere."""
    token = system.keys.signing.mint(sub="alice")
    async with caller(system) as client:
        await answered(client, "What is a weir?")
    for topic in TOPICS:
        found = await records(system, topic)
        assert found, topic
        for record in found:
            names = [name for name, _ in record.headers]
            assert len(names) == len(set(names)), topic
            assert set(names) >= ALWAYS, topic
            whole = b"".join([record.key or b"", record.value or b"", *(value for _, value in record.headers)])
            assert b"eyJ" not in whole
            assert token.encode() not in whole


async def test_one_query_has_one_key_and_one_partition(system: System) -> None:
    """On every topic that it passes."""
    async with caller(system) as client:
        events = await answered(client, "What is a weir?")
    query_id = events[-1].data["query_id"].encode()
    found = [
        record
        for topic in ("rag.queries", "rag.contexts", "rag.results", "rag.answers")
        for record in await records(system, topic)
        if record.key == query_id
    ]
    assert {record.topic for record in found} == {"rag.queries", "rag.contexts", "rag.results", "rag.answers"}
    assert len({record.partition for record in found}) == 1


async def test_anybody_may_follow_the_questions(system: System) -> None:
    """A consumer of another library, in a group of its own, reads every question and disturbs nobody."""
    outsider = AIOKafkaConsumer(
        "rag.queries", bootstrap_servers=system.kafka_bootstrap, group_id="outsider", auto_offset_reset="earliest"
    )
    await outsider.start()
    try:
        async with caller(system, sub="zoe") as client:
            events = await answered(client, "What is a weir, said the outsider?")
            async with asyncio.timeout(30):
                async for record in outsider:
                    if b"said the outsider" in record.value:
                        break
    finally:
        await outsider.stop()
    assert events[-1].name == "done"
    assert dict(record.headers)["user-id"] == b"zoe"
