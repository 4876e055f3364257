"""Queries that would wait for too long are refused, with manners; nothing else is."""

from collections.abc import Mapping
from math import isnan

import pytest

from bus.memory.bus import MemoryBus
from bus.records import Receipt
from ext_proc.exchange import Exchange, Identity
from ext_proc.plugins.admit import AdmitPlugin, AdmitSettings
from runtime.errors import ConfigError
from tests.ext_proc.load.loads import lanes, load
from tests.fixtures.processor import CLAIMS, JSON, Processor, processor_for
from tests.fixtures.settings import changed, declared

QUESTION = {"question": "Why?"}
KEYED = {**JSON, "idempotency-key": '"k"'}
ACCEPTED = Receipt(topic="rag.queries", partition=0, offset=1, timestamp=1)
CHUNK = {"doc_id": "d", "chunk_index": 0, "text": "t", "visibility": "public"}


def flood(processor: Processor, count: int) -> None:
    """So many of tier free wait at a generator that handles four in a second."""
    board, now = processor.services.board, processor.services.clock.now_ms()
    board.note("r", load("retriever"), at=now)
    board.note("g", load(lanes=lanes(free=count)), at=now)


def counted(processor: Processor, outcome: str, tier: str = "free") -> float | None:
    """Of the metric."""
    labels = {"outcome": outcome, "tier": tier}
    return processor.registry.collectors.get_sample_value("gateway_admission_total", labels)


def expected(processor: Processor, tier: str) -> float:
    """As the metric says."""
    found = processor.registry.collectors.get_sample_value("gateway_expected_wait_seconds", {"tier": tier})
    assert found is not None
    return found


async def test_it_is_refused(processor: Processor) -> None:
    """503 says for how long to stay away, what for, and that nothing was stored; and nothing was."""
    flood(processor, 60 * 4 + 40)
    refused = await processor.ask("POST", "/queries", QUESTION)
    assert (refused.status, refused.headers["retry-after"]) == (503, "11")
    assert refused.headers["content-type"] == "application/problem+json"
    document = refused.document
    assert document["type"].endswith("/temporary-reduced-capacity")
    assert (document["tier"], document["expected_wait"]) == ("free", 71)
    assert "Nothing was stored" in document["detail"]
    assert await processor.records("rag.queries") == []
    assert (counted(processor, "refused"), counted(processor, "admitted")) == (1, None)


@pytest.mark.parametrize(("count", "status", "after"), [(239, 202, None), (240, 503, "1"), (1_000_000, 503, "300")])
async def test_the_limit(processor: Processor, count: int, status: int, after: str | None) -> None:
    """Up to the limit it is admitted; beyond, it is sent away for a second at least, and never for long."""
    flood(processor, count)
    found = await processor.ask("POST", "/queries", QUESTION)
    assert (found.status, found.headers.get("retry-after")) == (status, after)


@pytest.mark.parametrize("tier", ["standard", "enterprise"])
async def test_others_are_not_refused(processor: Processor, tier: str) -> None:
    """A flood of one tier leaves the others their turns; and one without a limit is never refused."""
    flood(processor, 1_000)
    answered = await processor.ask("POST", "/queries", QUESTION, claims={**CLAIMS, "tier": tier})
    assert (answered.status, counted(processor, "admitted", tier)) == (202, 1)


async def test_ingestion_is_never_slowed(processor: Processor) -> None:
    """Chunks are taken however much waits for the models."""
    flood(processor, 1_000_000)
    assert (await processor.ask("POST", "/chunks", CHUNK)).status == 202


async def test_nothing_is_known(processor: Processor) -> None:
    """While no worker says anything, the log keeps the query."""
    assert (await processor.ask("POST", "/queries", QUESTION)).status == 202
    assert counted(processor, "unknown") == 1
    assert isnan(expected(processor, "free"))


async def test_what_is_expected_is_measured(processor: Processor) -> None:
    """Each tier's wait can be watched."""
    flood(processor, 999)
    assert (expected(processor, "free"), round(expected(processor, "enterprise"), 2)) == (250, 0.27)


@pytest.mark.parametrize("headers", [JSON, KEYED])
async def test_it_is_refused_with_a_key_too(processor: Processor, headers: Mapping[str, str]) -> None:
    """A key alone admits nobody; its body is looked at first, and a bad one is 400."""
    flood(processor, 1_000)
    assert (await processor.ask("POST", "/queries", QUESTION, headers=headers)).status == 503
    expected = 400 if "idempotency-key" in headers else 503
    assert (await processor.ask("POST", "/queries", {}, headers=headers)).status == expected


@pytest.mark.parametrize(
    ("headers", "receipt", "status"), [(KEYED, ACCEPTED, None), (KEYED, None, 503), (JSON, ACCEPTED, 503)]
)
async def test_what_was_accepted_is_not_refused(
    processor: Processor,
    headers: Mapping[str, str],
    receipt: Receipt | None,
    status: int | None,
) -> None:
    """A retry of a query that is in the log already adds nothing to what waits."""
    flood(processor, 1_000)
    admit = AdmitPlugin(AdmitSettings(), processor.services)
    exchange = Exchange(
        route="queries",
        method="POST",
        path="/queries",
        query="",
        params={},
        headers=headers,
        claims={},
        unique=bytes(24),
        received_at=1,
        trace_id="0" * 32,
        identity=Identity(subject="alice", tier="free", scopes=frozenset(), expires=None),
        receipt=receipt,
    )
    early = await admit.on_headers(exchange)
    assert (early is None) == (headers is KEYED)
    reply = early or await admit.on_body(exchange)
    assert status == (reply.status if reply else None)


async def test_an_unknown_tier_is_the_lowest(processor: Processor) -> None:
    """As everywhere: a bad claim never lets anybody pass."""
    flood(processor, 1_000)
    assert (await processor.ask("POST", "/queries", QUESTION, claims={**CLAIMS, "tier": "king"})).status == 503


async def test_without_loads_it_cannot_be() -> None:
    """Where nobody could ever say how much waits, the start says so, and where."""
    bus = MemoryBus()
    async with bus.producer() as producer:
        with pytest.raises(ConfigError, match=r"workers\.load") as raised:
            await processor_for(bus, producer, declaration=declared(changed("workers: {load: rag.load}", "")))
    assert raised.value.problems[0].path.endswith(".admit")


async def test_what_was_accepted_before_is_answered_again(processor: Processor) -> None:
    """However much waits by then; a refusal does not use a key up."""
    asked = await processor.ask("POST", "/queries", QUESTION, headers=KEYED)
    flood(processor, 1_000)
    again = await processor.ask("POST", "/queries", QUESTION, headers=KEYED)
    assert (again.status, again.headers["idempotent-replayed"], again.body) == (202, "true", asked.body)
    other = {**KEYED, "idempotency-key": '"l"'}
    assert (await processor.ask("POST", "/queries", QUESTION, headers=other)).status == 503
    flood(processor, 0)
    assert (await processor.ask("POST", "/queries", QUESTION, headers=other)).status == 202
    assert len(await processor.records("rag.queries")) == 2
