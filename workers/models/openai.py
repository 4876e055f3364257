"""Embeddings by any server that speaks OpenAI's `/v1/embeddings`."""

import math
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import httpx2
from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpxClient, omit
from openai.types import CreateEmbeddingResponse

from runtime.clock import Clock
from runtime.settings.models import EmbeddingSettings
from workers.errors import ModelUnavailable
from workers.models.failure import failure, retry_after
from workers.ports import Vector

PROVIDER = "openai"

# These come as 429 like a rate limit, but last until someone pays.
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class OpenAIEmbedder:
    """An `Embedder`. Made by `open_openai`."""

    def __init__(self, *, client: AsyncOpenAI, settings: EmbeddingSettings, clock: Clock) -> None:
        self.model = settings.model
        self.dimensions = settings.dimensions
        self._asked = settings.dimensions if settings.ask_dimensions else omit
        self._client = client
        self._clock = clock

    def count_tokens(self, text: str) -> int:
        """An upper estimate: no tokenizer in use makes more tokens than there are bytes, and most need three a token."""
        return 1 + len(text.encode("utf-8", "replace")) // 3

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """As `Embedder.embed`. Nothing is tried twice here."""
        if not texts:
            return []
        with _mapped(clock=self._clock):
            answer = await self._client.embeddings.create(
                input=list(texts), model=self.model, dimensions=self._asked, encoding_format="float"
            )
        return self._vectors(answer, count=len(texts))

    def _vectors(self, answer: CreateEmbeddingResponse, *, count: int) -> list[Vector]:
        found = [one.embedding for one in sorted(answer.data, key=lambda one: one.index)]
        if len(found) != count:
            raise self._unfit(f"{len(found)} vectors for {count} texts")
        lengths = {len(vector) for vector in found}
        if lengths != {self.dimensions}:
            raise self._unfit(f"vectors of {sorted(lengths)} numbers, where the configuration says {self.dimensions}")
        return [_unit(vector) for vector in found]

    def _unfit(self, detail: str) -> ModelUnavailable:
        # The text is not to blame: it waits until somebody has mended the server or the configuration.
        return ModelUnavailable(provider=PROVIDER, status=200, detail=detail)


@asynccontextmanager
async def open_openai(settings: EmbeddingSettings, *, clock: Clock) -> AsyncIterator[OpenAIEmbedder]:
    """Opens a client; without an API key a placeholder is sent, and the environment is not asked for one."""
    client = AsyncOpenAI(
        api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
        base_url=settings.base_url or None,
        timeout=settings.timeout,
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(limits=_connections(settings.concurrency)),
    )
    async with client:
        yield OpenAIEmbedder(client=client, settings=settings, clock=clock)


def _connections(most: int) -> httpx2.Limits:
    # As many as are called at once, and all of them kept: the SDK's own pool keeps 100, and opens the others anew each time.
    return httpx2.Limits(max_connections=most, max_keepalive_connections=most)


@contextmanager
def _mapped(*, clock: Clock) -> Iterator[None]:
    try:
        yield
    except APIStatusError as error:
        wait = retry_after(error.response.headers, clock=clock)
        spent = error.code in _SPENT
        raise failure(
            provider=PROVIDER, status=error.status_code, detail=error.message, retry_after=wait, spent=spent
        ) from error
    except APIConnectionError as error:
        raise ModelUnavailable(provider=PROVIDER, status=None, detail=str(error)) from error
    except (APIError, ValueError) as error:
        raise ModelUnavailable(provider=PROVIDER, status=200, detail=f"not an answer: {error}") from error


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.hypot(*vector) or 1.0
    return [component / length for component in vector]
