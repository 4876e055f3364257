"""A chat model whose calls are counted."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from runtime.metrics import ModelMetrics
from runtime.settings.models import PriceSettings
from workers.answer import cost
from workers.errors import StageError
from workers.ports import ChatModel, ModelEvent, Prompt, TextDelta, Usage


class MeteredModel:
    """Hands on what the model says, and counts it by model and tier."""

    def __init__(self, model: ChatModel, *, metrics: ModelMetrics) -> None:
        self._model = model
        self._metrics = metrics

    async def answer(self, prompt: Prompt, *, tier: str, price: PriceSettings | None) -> AsyncGenerator[ModelEvent]:
        """As `ChatModel.answer`."""
        began, spoke, error_type = time.monotonic(), False, ""
        try:
            # The port promises `aclose`; an iterator's type does not say so.
            answering = cast("AsyncGenerator[ModelEvent]", self._model.answer(prompt))
            async with aclosing(answering) as events:
                async for event in events:
                    if isinstance(event, TextDelta) and not spoke:
                        spoke = True
                        self._metrics.first_token.labels(prompt.model, tier).observe(time.monotonic() - began)
                    if isinstance(event, Usage):
                        self._count(event, prompt=prompt, tier=tier, price=price)
                    yield event
        except BaseException as error:
            error_type = error.reason if isinstance(error, StageError) else type(error).__name__
            raise
        finally:
            self._metrics.duration.labels(prompt.model, tier, error_type).observe(time.monotonic() - began)

    def _count(self, usage: Usage, *, prompt: Prompt, tier: str, price: PriceSettings | None) -> None:
        self._metrics.tokens.labels(prompt.model, tier, "input").inc(usage.input_tokens)
        self._metrics.tokens.labels(prompt.model, tier, "output").inc(usage.output_tokens)
        if price:
            self._metrics.cost.labels(prompt.model, tier).inc(cost(usage, price))
