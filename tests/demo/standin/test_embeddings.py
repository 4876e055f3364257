"""The embeddings API as OpenAI's own SDK finds it."""

import math

import openai as sdk
import pytest
from aiohttp import ClientSession
from openai import AsyncOpenAI


async def test_floats_and_base64_agree(openai: AsyncOpenAI) -> None:
    """The SDK's default (base64) and floats give the same vectors, to float32's precision."""
    packed = await openai.embeddings.create(model="m", input=["a cat", "a dog"], dimensions=64)
    plain = await openai.embeddings.create(model="m", input=["a cat", "a dog"], dimensions=64, encoding_format="float")
    assert packed.data[1].embedding == pytest.approx(plain.data[1].embedding, abs=1e-6)
    assert [one.index for one in plain.data] == [0, 1]
    assert plain.usage.prompt_tokens == plain.usage.total_tokens > 0


async def test_vectors(openai: AsyncOpenAI) -> None:
    """Vectors have unit length and the length asked for, repeat, and are nearer for texts that share words."""
    texts = ["Kafka keeps records", "Records kept by Kafka", "Bread is baked at night", "?!"]
    found = [
        (await openai.embeddings.create(model="m", input=text, dimensions=256)).data[0].embedding for text in texts
    ]
    assert [len(vector) for vector in found] == [256] * 4
    assert [math.hypot(*vector) for vector in found] == [pytest.approx(1.0, abs=1e-5)] * 4
    near, far = (sum(a * b for a, b in zip(found[0], other, strict=True)) for other in found[1:3])
    assert near > 0.5 > far


async def test_default_dimensions(openai: AsyncOpenAI) -> None:
    """Without `dimensions` a vector is as long as the real one."""
    answer = await openai.embeddings.create(model="m", input="x")
    assert len(answer.data[0].embedding) == 1536


@pytest.mark.parametrize("texts", [[], "", ["x", ""], [["x"]]])
async def test_bad_input(openai: AsyncOpenAI, texts: list[str]) -> None:
    """Empty input, or none, is refused."""
    with pytest.raises(sdk.BadRequestError):
        await openai.embeddings.create(model="m", input=texts)


async def test_told_to_fail(openai: AsyncOpenAI, control: ClientSession) -> None:
    """A fault of this endpoint fails its calls and no others."""
    faults = [
        {"endpoint": "messages", "status": 500},
        {"endpoint": "embeddings", "status": 429, "retry_after": 2},
        {"endpoint": "embeddings", "cut_after": 0},
    ]
    async with control.post("/control", json={"faults": faults}):
        pass
    with pytest.raises(sdk.RateLimitError) as caught:
        await openai.embeddings.create(model="m", input="x")
    assert caught.value.response.headers["retry-after"] == "2"
    with pytest.raises(sdk.APIConnectionError):
        await openai.embeddings.create(model="m", input="x")
    await openai.embeddings.create(model="m", input="x")
    async with control.get("/control") as response:
        assert (await response.json())["calls"] == {"refused": 1, "started": 2, "failed": 1, "finished": 1}
