"""Answers by Anthropic's Messages API, streamed, with citations."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, cast

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncAnthropic,
    AsyncStream,
    DefaultAsyncHttpxClient,
    Timeout,
)
from anthropic.types import MessageParam, RawMessageStreamEvent

from runtime.clock import Clock
from workers.errors import ModelUnavailable
from workers.models.failure import Failure, failure, retry_after
from workers.models.prompt import SYSTEM, compose
from workers.ports import Citation, ModelEvent, Prompt, Tally, TextDelta, Usage

PROVIDER = "anthropic"

# An `error` event in a stream that began with 200 names its kind only; these are the statuses of the same kinds.
_STATUS_OF_KIND = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}

# These come as 429 like a rate limit, but last until someone pays or the month ends.
_SPENT = frozenset({"contract_spend_limit_reached", "enforced_spend_limit_reached"})


class AnthropicModel:
    """A `ChatModel`. Made by `open_anthropic`."""

    def __init__(self, *, client: AsyncAnthropic, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def answer(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """As `ChatModel.answer`. Nothing is tried twice: the caller knows what was already said."""
        composed = compose(prompt)
        with _mapped(clock=self._clock):
            async with await self._call(prompt, composed.content) as stream:
                reading = _Reading(passages=composed.passages)
                # Closed here and now, not when the garbage collector comes by.
                async with aclosing(cast("AsyncGenerator[RawMessageStreamEvent, None]", aiter(stream))) as events:
                    async for event in events:
                        for said in reading.of(event):
                            yield said
        if not reading.complete:
            raise ModelUnavailable(provider=PROVIDER, status=None, detail="the stream was cut before its end")

    async def _call(self, prompt: Prompt, content: Sequence[Any]) -> AsyncStream[RawMessageStreamEvent]:
        question = cast("MessageParam", {"role": "user", "content": content})
        return await self._client.messages.create(
            model=prompt.model, max_tokens=prompt.max_tokens, system=SYSTEM, messages=[question], stream=True
        )


class _Reading:
    """What is known of one answer so far."""

    def __init__(self, *, passages: Sequence[int]) -> None:
        self.complete = False
        self._passages = passages
        self._model = ""
        self._input = 0
        self._output = 0
        self._stop_reason = ""

    def of(self, event: RawMessageStreamEvent) -> Iterator[ModelEvent]:
        match event.type:
            case "message_start":
                self._model = event.message.model
                self._count(event.message.usage)
                yield Tally(model=self._model, input_tokens=self._input, output_tokens=self._output)
            case "content_block_delta":
                yield from self._delta(event.delta)
            case "message_delta":
                self._count(event.usage)
                self._stop_reason = event.delta.stop_reason or self._stop_reason
            case "message_stop":
                self.complete = True
                yield Usage(
                    model=self._model,
                    input_tokens=self._input,
                    output_tokens=self._output,
                    stop_reason=self._stop_reason,
                )

    def _delta(self, delta: Any) -> Iterator[ModelEvent]:
        if delta.type == "text_delta":
            yield TextDelta(text=delta.text)
        elif delta.type == "citations_delta" and delta.citation.type == "search_result_location":
            number = self._passages[delta.citation.search_result_index]
            yield Citation(passage_index=number, cited_text=delta.citation.cited_text)

    def _count(self, usage: Any) -> None:
        # Input is told apart by what the cache did, and each count is the total so far.
        read = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        if usage.input_tokens is not None:
            self._input = sum(count or 0 for count in read)
        self._output = usage.output_tokens


@asynccontextmanager
async def open_anthropic(
    *, api_key: str | None, base_url: str | None, silence: float, concurrency: int, clock: Clock
) -> AsyncIterator[AnthropicModel]:
    """Opens a client.

    Args:
        api_key: Sent as it is; a server that needs none gets a placeholder, and the machine's own profile is not used.
        base_url: The server; Anthropic's where there is none.
        silence: Seconds without a byte after which a call is given up.
        concurrency: Calls at once at most; more would wait for a connection, and fail.
        clock: For a `Retry-After` that is a date.
    """
    client = AsyncAnthropic(
        api_key=api_key or "none",
        base_url=base_url or None,
        timeout=Timeout(
            silence, connect=min(silence, 15.0)
        ),  # a thousand calls begun together keep the loop for seconds,
        max_retries=0,
        # As many as are called at once, and all kept: the SDK's own pool has 1000, and keeps 100.
        http_client=DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        ),
    )
    async with client:
        yield AnthropicModel(client=client, clock=clock)


@contextmanager
def _mapped(*, clock: Clock) -> Iterator[None]:
    try:
        yield
    except APIStatusError as error:
        raise _status_failure(error, clock=clock) from error
    except APIConnectionError as error:
        raise ModelUnavailable(provider=PROVIDER, status=None, detail=str(error)) from error
    except (APIError, httpx2.HTTPError, ValueError, IndexError) as error:
        # The SDK lets what happens to the body after its first byte through: a cut, a silence, half an event.
        detail = f"the stream broke: {type(error).__name__}: {error}"
        raise ModelUnavailable(provider=PROVIDER, status=None, detail=detail) from error


def _status_failure(error: APIStatusError, *, clock: Clock) -> Failure:
    status = error.status_code
    begun = status < 400
    if begun:
        status = _STATUS_OF_KIND.get(error.type or "", 500)
    return failure(
        provider=PROVIDER,
        status=status,
        detail=error.api_message or error.message,
        retry_after=retry_after(error.response.headers, clock=clock),
        spent=error.error_code in _SPENT,
        begun=begun,
    )
