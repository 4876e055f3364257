"""A chat model whose calls are counted, and can be broken off."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from runtime.metrics import ModelMetrics
from runtime.settings.models import PriceSettings
from workers.answer import cost
from workers.errors import StageError
from workers.interruption import Telling, interruptible
from workers.ports import ChatModel, Citation, Prompt, Tally, TextDelta, Usage

BYTES_A_TOKEN = 4  # what tokenizers of today make of plain English; less of a token in other languages and in code
CANCELLED = "cancelled"

Said = TextDelta | Citation | Usage
Take = Callable[[Said], None]


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
    tally: Tally | None = None
    text: list[str] = field(default_factory=list)
    usage: Usage | None = None
    error_type: str = ""

    def broken_off(self) -> Usage:
        """What it has cost by what the provider said so far, and by an estimate where it said nothing yet."""
        tally, made = self.tally, about("".join(self.text))
        if tally is None:
            given = about(self.prompt.question) + sum(about(passage.text) for passage in self.prompt.passages)
            tally = Tally(model=self.prompt.model, input_tokens=given, output_tokens=0)
        return Usage(
            model=tally.model,
            input_tokens=tally.input_tokens,
            output_tokens=max(tally.output_tokens, made),
            stop_reason=CANCELLED,
            complete=False,
        )


class MeteredModel:
    """Hands on what the model says, and counts it by model and tier."""

    def __init__(self, model: ChatModel, *, metrics: ModelMetrics) -> None:
        self._model = model
        self._metrics = metrics

    async def answer(
        self, prompt: Prompt, *, tier: str, price: PriceSettings | None, take: Take, telling: Telling
    ) -> None:
        """Gives `take` what the model says, until it has ended or somebody calls; then its connection is closed.

        The last that is taken is the `Usage`, as the provider has counted it; where somebody called it is not
        `complete`, and in part estimated.

        Raises:
            ModelRejected: As `ChatModel.answer`.
            ModelUnavailable: As `ChatModel.answer`.
        """
        call = _Call(prompt=prompt, tier=tier, price=price, began=time.monotonic())
        try:
            async with interruptible(telling) as interruption:
                await self._listen(call, take)
            if interruption.expired():
                call.error_type, call.usage = CANCELLED, call.broken_off()
                take(call.usage)
        except BaseException as error:
            call.error_type = error.reason if isinstance(error, StageError) else type(error).__name__
            raise
        finally:
            self._count(call)

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

    def _count(self, call: _Call) -> None:
        names = (call.prompt.model, call.tier)
        self._metrics.duration.labels(*names, call.error_type).observe(time.monotonic() - call.began)
        # A call that broke in the middle has been paid for as well; one that never said anything has not.
        usage = call.usage or (call.broken_off() if call.tally or call.text else None)
        if usage is None:
            return
        self._metrics.tokens.labels(*names, "input").inc(usage.input_tokens)
        self._metrics.tokens.labels(*names, "output").inc(usage.output_tokens)
        if call.price:
            self._metrics.cost.labels(*names).inc(cost(usage, call.price))
