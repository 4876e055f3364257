"""`POST /v1/embeddings`, as OpenAI's."""

import asyncio
from typing import Literal
from uuid import uuid4

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from demo.standin.behaviour import Conduct
from demo.standin.calls import Calls
from demo.standin.failures import openai_refusal
from demo.standin.gathering import Gathering
from demo.standin.vectors import packed, vector

_DEFAULT_DIMENSIONS = 1536
_NAME = "/v1/embeddings"  # in the report, where the Messages API has the question


class EmbeddingsRequest(BaseModel):
    """The body of `POST /v1/embeddings`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = Field(min_length=1)
    input: str | tuple[str, ...]
    dimensions: int = Field(default=_DEFAULT_DIMENSIONS, ge=1, le=4096)
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> tuple[str, ...]:
        """What is to be embedded."""
        return (self.input,) if isinstance(self.input, str) else self.input


class Embeddings:
    """The embeddings API, as the conduct wants it."""

    def __init__(self, *, conduct: Conduct, calls: Calls, gathering: Gathering) -> None:
        self._conduct = conduct
        self._calls = calls
        self._gathering = gathering

    async def handle(self, request: web.Request) -> web.Response:
        """Answers one request."""
        request_id = f"req_{uuid4().hex}"
        try:
            asked = EmbeddingsRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return openai_refusal(400, error.errors(include_url=False)[0]["msg"], request_id=request_id)
        if not asked.texts or not all(asked.texts):
            return openai_refusal(400, "input cannot be an empty string", request_id=request_id)
        fault = self._conduct.fault("embeddings", model=asked.model, texts=asked.texts)
        if fault and fault.status:
            self._calls.refused(_NAME)
            return openai_refusal(fault.status, "Told to fail.", request_id=request_id, fault=fault)
        with self._calls.counted(_NAME) as call, self._gathering.joined("embeddings"):
            await self._gathering.enough("embeddings")
            await asyncio.sleep(self._conduct.now.embedding_delay)
            call.ended("failed" if fault else "finished")
            if fault and request.transport:
                request.transport.abort()
            return web.json_response(_answer(asked), headers={"x-request-id": request_id})


def _answer(asked: EmbeddingsRequest) -> dict[str, object]:
    found = [vector(text, asked.dimensions) for text in asked.texts]
    tokens = sum(1 + len(text) // 4 for text in asked.texts)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": packed(one) if asked.encoding_format == "base64" else one,
            }
            for index, one in enumerate(found)
        ],
        "model": asked.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
