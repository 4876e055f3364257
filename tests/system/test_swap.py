"""Another provider is a line in gateway.yaml."""

from pathlib import Path

import pytest

from local.system import System
from tests.fixtures.settings import changed
from tests.fixtures.system import answered, caller, loaded, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


async def test_embeddings_of_another_provider(tmp_path: Path) -> None:
    """With the vectors of an OpenAI-compatible server instead of the local model, the same question is answered."""
    file = tmp_path / "gateway.yaml"
    remote = 'embedding: {provider: openai, model: stand-in, base_url: "${ANTHROPIC_BASE_URL}/v1", api_key: none}'
    file.write_text(changed("embedding: {provider: local}", remote))
    async with System(tmp_path / "s", config=file) as system:
        await loaded(system)
        async with caller(system) as client:
            events = await answered(client, "When was the Falkirk Wheel opened?")
        assert "24 May 2002" in events[-1].data["answer"]
        assert all(b"stand-in" in (record.value or b"") for record in await records(system, "rag.embeddings"))
