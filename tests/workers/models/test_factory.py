"""gateway.yaml -> models."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import SecretStr

from runtime.errors import ConfigError
from runtime.settings.models import ChatSettings, EmbeddingSettings
from workers.models.factory import open_chat_model, open_embedder
from workers.ports import Prompt, Usage


def chat(**changes: Any) -> ChatSettings:
    """Settings of a chat model."""
    return ChatSettings(tiers={"free": "m"}, **changes)


async def test_swapping_is_a_setting(url: str) -> None:
    """The provider alone decides which embedder is opened, and both keep the promises of the port."""
    remote = EmbeddingSettings(provider="openai", model="m", dimensions=64, base_url=f"{url}/v1")
    for settings in (EmbeddingSettings(), remote):
        async with open_embedder(settings) as embedder:
            (vector,) = await embedder.embed(["hello"])
            assert (embedder.model, embedder.dimensions) == (settings.model, settings.dimensions)
            assert len(vector) == settings.dimensions
            assert embedder.count_tokens("hello world") > 1


async def test_chat_model(url: str) -> None:
    """The chat model is opened for a server that needs no key."""
    async with open_chat_model(chat(base_url=url)) as model:
        prompt = Prompt(question="Why?", passages=[], model="m", max_tokens=50)
        assert isinstance([event async for event in model.answer(prompt)][-1], Usage)


@pytest.mark.parametrize(("base_url", "api_key"), [(None, None), ("", "")])
def test_key_or_server(base_url: str | None, api_key: str | None) -> None:
    """With neither a key nor a server the process stops, and names the setting."""
    with pytest.raises(ConfigError, match=r"chat\.api_key: is needed"):
        open_chat_model(chat(base_url=base_url, api_key=api_key))


async def test_key_is_enough() -> None:
    """A key alone is for Anthropic's own server; opening calls nobody."""
    async with open_chat_model(chat(api_key=SecretStr("k"))):
        pass


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "text-embedding-3-small"}, r"embedding\.model: the local model is all-MiniLM-L6-v2 \(found 'text"),
        ({"dimensions": 1536}, r"embedding\.dimensions: the local model is 384 \(found 1536\)"),
    ],
)
def test_local_model_is_what_it_is(changes: dict[str, Any], message: str) -> None:
    """Settings that the local model does not fit stop the process, rather than mislabel its vectors."""
    with pytest.raises(ConfigError, match=message):
        open_embedder(EmbeddingSettings(**changes))


@pytest.mark.parametrize(
    ("opened", "absent"),
    [
        ("open_embedder(EmbeddingSettings())", ["anthropic", "openai"]),
        ("open_embedder(EmbeddingSettings(provider='openai'))", ["anthropic", "embed_anything", "tokenizers"]),
        ("open_chat_model(ChatSettings(tiers={}, base_url='x'))", ["openai", "embed_anything", "tokenizers"]),
    ],
)
def test_only_the_chosen_one_is_imported(opened: str, absent: list[str]) -> None:
    """A process carries the client that it uses and no other."""
    script = (
        "import sys; from runtime.settings.models import *; from workers.models.factory import *;"
        f"{opened}; sys.exit(bool(set({absent}) & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 0
