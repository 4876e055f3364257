"""Another provider is a line in gateway.yaml."""

import pytest

from tests.fixtures.fleet import Fleet
from tests.fixtures.system import answered, caller, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


async def test_embeddings_of_another_provider(fleet: Fleet) -> None:
    """With the vectors of an OpenAI-compatible server instead of the local model, the same question is answered."""
    async with caller(fleet.system) as client:
        events = await answered(client, "When was the Falkirk Wheel opened?")
    assert "24 May 2002" in events[-1].data["answer"]
    assert all(b"stand-in" in (record.value or b"") for record in await records(fleet.system, "rag.embeddings"))
