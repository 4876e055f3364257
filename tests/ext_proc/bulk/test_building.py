"""A route that could not take many records stops the start, with its line."""

import pytest

from bus.memory.bus import MemoryBus
from runtime.errors import ConfigError
from tests.fixtures.processor import processor_for
from tests.fixtures.settings import changed, declared


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "    path: /queries\n    plugins:",
            "    path: /queries\n    bulk: {}\n    plugins:",
            "admit takes one record",
        ),
        (
            "    path: /results/{query_id}/auth\n    plugins:",
            "    path: /results/{query_id}/auth\n    bulk: {}\n    plugins:",
            "no plugin of this route reads the body",
        ),
        ("    bulk: {}", "    bulk: {}\n    profile: zilla", "the profile zilla"),
        ("    bulk: {}", "    bulk: {array: 0}", "greater than 0"),
        ("    bulk: {}", "    bulk: {lines: 5}", "bulk.lines"),
        ("      - label: {field: visibility, default: internal}", "      - results: {topic: rag.results}", "upstream"),
    ],
)
async def test_what_does_not_go_together_is_refused(old: str, new: str, reason: str) -> None:
    """What is wrong is named."""
    bus = MemoryBus()
    async with bus.producer() as producer:
        with pytest.raises((ConfigError, ValueError)) as raised:
            await processor_for(bus, producer, declaration=declared(changed(old, new)))
    assert reason in str(raised.value)
