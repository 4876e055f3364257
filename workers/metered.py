"""A chat model whose calls keep to its limits, are counted, and can be broken off."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from runtime.metrics import ModelMetrics
from runtime.settings.models import PriceSettings
from runtime.tracing.span import UNTRACED, Span
from workers.answer import cost
from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable, StageError
from workers.interruption import Telling, interruptible
from workers.ports import ChatModel, Citation, Prompt, Tally, TextDelta, Usage
from workers.quota import Quota, Reserved
from workers.tracing import chat, used

BYTES_A_TOKEN = 4  # what tokenizers of today make of plain English; less of a token in other languages and in code
CANCELLED = "cancelled"
LIMITED = 429

Said = TextDelta | Citation | Usage
Take = Callable[[Said], None]
Begin = Callable[[], None]


def about(text: str) -> int:
    """An estimate of the tokens in a text, for where nobody has counted them."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)


@dataclass(slots=True, kw_only=True)
class _Call:
    """One call of the model, as far as it has come."""

    prompt: Prompt
    tier: str
    price: PriceSettings | None
    began: float
    reserved: Reserved
    tally: Tally | None = None
    text: list[str] = field(default_factory=list)
    usage: Usage | None = None
    error_type: str = ""
    refused: bool = False
    span: Span = UNTRACED

    def broken_off(self) -> Usage:
        """What it has cost by what the provider said so far, and by an estimate where it said nothing yet."""
        tally, made = self.tally, about("".join(self.text))
        if tally is None:
            tally = Tally(model=self.prompt.model, input_tokens=_given(self.prompt), output_tokens=0)
        return Usage(
            model=tally.model,
            input_tokens=tally.input_tokens,
            output_tokens=max(tally.output_tokens, made),
            stop_reason=CANCELLED,
            complete=False,
        )


class MeteredModel:
    """Hands on what the model says, and counts it by model and tier. Whoever calls it waits for `quota` first."""

    def __init__(self, model: ChatModel, *, quota: Quota, metrics: ModelMetrics, provider: str = "anthropic") -> None:
        self._model = model
        self._provider = provider
        self.quota = quota
        self._metrics = metrics

    def fell_back(self, model: str, *, to: str) -> None:
        """Another model is asked in its place."""
        self._metrics.fallbacks.labels(model, to).inc()

    async def answer(
        self,
        prompt: Prompt,
        *,
        tier: str,
        price: PriceSettings | None,
        take: Take,
        telling: Telling,
        begin: Begin = lambda: None,
    ) -> bool:
        """Gives `take` what the model says, until it has ended or somebody calls; then its connection is closed.

        The last that is taken is the `Usage`, as the provider has counted it; where somebody called it is not
        `complete`, and in part estimated.

        `begin` hears that the call is about to be made, which it may refuse by an error of its own.

        Returns:
            Whether the model was asked at all: not where somebody called while its limits left no room.

        Raises:
            ModelRejected: As `ChatModel.answer`.
            ModelSpent: As `ChatModel.answer`.
            ModelUnavailable: As `ChatModel.answer`.
            ModelUnusable: As `ChatModel.answer`.
        """
        call = None
        async with interruptible(telling):
            reserved = await self.quota.admit(prompt.model, tier=tier, given=_given(prompt), most=prompt.max_tokens)
            call = _Call(prompt=prompt, tier=tier, price=price, began=time.monotonic(), reserved=reserved)
        if call is None:
            return False
        try:
            begin()
        except BaseException:
            self.quota.settle(call.reserved, used=0, made=None)
            raise
        await self._answer(call, take, telling)
        return True

    async def _answer(self, call: _Call, take: Take, telling: Telling) -> None:
        call.span = chat(call.prompt, provider=self._provider, tier=call.tier)
        try:
            async with interruptible(telling) as interruption:
                await self._listen(call, take)
            if interruption.expired():
                call.error_type, call.usage = CANCELLED, call.broken_off()
                take(call.usage)
        except BaseException as error:
            call.error_type = _kind(error)
            call.refused = isinstance(error, StageError) and not (isinstance(error, ModelUnavailable) and error.begun)
            self._heed(call, error)
            raise
        finally:
            self._count(call)

    def _heed(self, call: _Call, error: BaseException) -> None:
        """A provider that says when to come back says so to all that want this model, and not to one record."""
        if isinstance(error, ModelUnavailable) and error.status == LIMITED and error.retry_after:
            self.quota.pause(call.prompt.model, error.retry_after)

    async def _listen(self, call: _Call, take: Take) -> None:
        # The port promises `aclose`; an iterator's type does not say so.
        answering = cast("AsyncGenerator[Said | Tally]", self._model.answer(call.prompt))
        async with aclosing(answering) as events:
            async for event in events:
                match event:
                    case Tally():
                        call.tally = event
                        continue
                    case TextDelta(text=text):
                        self._first(call)
                        call.text.append(text)
                    case Usage():
                        call.usage = event
                take(event)

    def _first(self, call: _Call) -> None:
        if not call.text:
            seconds = time.monotonic() - call.began
            self._metrics.first_token.labels(call.prompt.model, call.tier).observe(seconds)
            call.span.note("gen_ai.response.time_to_first_chunk", seconds)

    def _count(self, call: _Call) -> None:
        names = (call.prompt.model, call.tier)
        self._metrics.duration.labels(*names, call.error_type).observe(time.monotonic() - call.began)
        # A call that broke in the middle has been paid for as well; one that never said anything has not.
        usage = call.usage or (call.broken_off() if call.tally or call.text else None)
        self._trace(call, usage)
        self._settle(call, usage)
        if usage is None:
            return
        self._metrics.tokens.labels(*names, "input").inc(usage.input_tokens)
        self._metrics.tokens.labels(*names, "output").inc(usage.output_tokens)
        if call.price:
            self._metrics.cost.labels(*names).inc(cost(usage, call.price))

    def _trace(self, call: _Call, usage: Usage | None) -> None:
        span = call.span
        if not span.recording:
            return
        if usage is not None:
            used(span, usage)
        if call.error_type:
            span.failed(call.error_type)
        span.end()

    def _settle(self, call: _Call, usage: Usage | None) -> None:
        if usage:
            made = usage.output_tokens if usage.complete else None
            self.quota.settle(call.reserved, used=usage.input_tokens + usage.output_tokens, made=made)
        elif call.refused:
            self.quota.settle(call.reserved, used=0, made=None)
        # Of any other call that said nothing it is unknown what it took: what was reserved stays taken.


def _given(prompt: Prompt) -> int:
    return about(prompt.question) + sum(about(passage.text) for passage in prompt.passages)


def _kind(error: BaseException) -> str:
    """As OpenTelemetry wants `error.type`: the provider's status where it gave one."""
    if isinstance(error, ModelRejected | ModelSpent | ModelUnavailable | ModelUnusable) and error.status is not None:
        return str(error.status)
    return error.reason if isinstance(error, StageError) else type(error).__name__
