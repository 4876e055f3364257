"""Nobody writes above what their own tier may read."""

from dataclasses import replace

import orjson
import pytest

from ext_proc.build import build
from ext_proc.registry import BUILT_IN
from runtime.errors import ConfigError
from tests.fixtures.processor import CLAIMS, Processor
from tests.fixtures.settings import changed, declared

CHUNK = {"doc_id": "d", "chunk_index": 0, "text": "t"}


@pytest.mark.parametrize(
    ("tier", "label", "status"),
    [
        ("free", "public", 202),
        ("free", "internal", 403),
        ("free", "confidential", 403),
        ("standard", "internal", 202),
        ("standard", "confidential", 403),
        ("enterprise", "confidential", 202),
    ],
)
async def test_a_label_is_held_against_the_tier(processor: Processor, tier: str, label: str, status: int) -> None:
    """A label above the writer's tier is 403; at or below it is taken."""
    answer = await processor.ask("POST", "/chunks", {**CHUNK, "visibility": label}, claims={**CLAIMS, "tier": tier})
    assert answer.status == status
    assert len(await processor.records("rag.chunks")) == (1 if status == 202 else 0)


async def test_the_refusal_names_the_tier_needed(processor: Processor) -> None:
    """`required_tier` is the lowest tier that could."""
    answer = await processor.ask("POST", "/chunks", {**CHUNK, "visibility": "confidential"})
    assert answer.document["required_tier"] == "enterprise"


async def test_the_default_is_stamped(processor: Processor) -> None:
    """A chunk without a label is written as internal."""
    await processor.ask("POST", "/chunks", CHUNK, claims={**CLAIMS, "tier": "standard"})
    (record,) = await processor.records("rag.chunks")
    assert orjson.loads(record.value or b"")["visibility"] == "internal"


async def test_the_default_is_held_against_the_tier_too(processor: Processor) -> None:
    """A free caller who says nothing is told to label it, rather than writing what it could not read."""
    answer = await processor.ask("POST", "/chunks", CHUNK)
    assert (answer.status, answer.document["required_tier"]) == (403, "standard")


def test_a_default_that_nobody_reads_stops_the_start(processor: Processor) -> None:
    """The mistake is named with its line before any request comes."""
    gateway, source = declared(changed("default: internal", "default: secret"))
    with pytest.raises(ConfigError, match=r"routes\.0\.plugins\.3\.label: no tier reads 'secret'"):
        build(replace(processor.services, gateway=gateway), plugins=BUILT_IN, source=source)
