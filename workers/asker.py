"""Puts a question to the models of its caller's tier, one after the other, and knows what that costs."""

from collections.abc import Awaitable, Callable, Sequence

from runtime.settings.gateway import Gateway
from runtime.settings.models import PriceSettings
from schemas.events import Used
from workers.answer import Answer, prompted
from workers.errors import ModelUnavailable
from workers.interruption import Telling
from workers.metered import Begin, MeteredModel, Take
from workers.ports import Prompt

Again = Callable[[], Awaitable[None]]
"""Says that the answer starts again, and returns when that is kept: only then is another model called."""


class Asker:
    """Models, chains and prices are those of `chat` in gateway.yaml."""

    def __init__(self, model: MeteredModel, *, gateway: Gateway) -> None:
        self._model = model
        self._gateway = gateway

    async def ask(self, answer: Answer, *, tier: str, take: Take, telling: Telling, again: Again, begin: Begin) -> None:
        """As `MeteredModel.answer`, with the passages that the answer may use, by the tier's first model that has room.

        A model that refuses since it is overloaded is passed over in silence. One that had begun to answer is not:
        its text is taken back, and `again` hears of it. `begin` is as for `MeteredModel.answer`.

        Raises:
            ModelRejected: A model will never take this question.
            ModelSpent: A spending limit is reached.
            ModelUnavailable: The last model has no room, or another failed; also where it fell silent before its end.
            ModelUnusable: Our key or configuration does not fit.
        """
        first, *others = self._gateway.chat.tiers[tier]
        model = first
        for following in others:
            try:
                await self._ask(answer, model, first=first, tier=tier, take=take, telling=telling, begin=begin)
            except ModelUnavailable as error:
                if not error.overloaded:
                    raise
                self._model.fell_back(model, to=following)
                if error.begun or answer.text:
                    answer.restart()
                    await again()
                model = following
            else:
                return
        await self._ask(answer, model, first=first, tier=tier, take=take, telling=telling, begin=begin)

    def used(self, answer: Answer) -> Sequence[Used]:
        """The event that tells what the call cost; none where there was no call."""
        used = answer.used(self._price(answer.asked))
        return (used,) if used else ()

    async def _ask(
        self, answer: Answer, model: str, *, first: str, tier: str, take: Take, telling: Telling, begin: Begin
    ) -> None:
        answer.ask(model, first=first)
        prompt = self._prompt(answer, model)
        price = self._price(model)
        if not await self._model.answer(prompt, tier=tier, price=price, take=take, telling=telling, begin=begin):
            answer.called_off = True
        elif answer.usage is None:
            raise ModelUnavailable(provider="chat", status=None, detail="the answer ended without its end")

    def _prompt(self, answer: Answer, model: str) -> Prompt:
        return Prompt(
            question=answer.context.question,
            passages=prompted(answer.passages),
            model=model,
            max_tokens=self._gateway.chat.max_tokens,
        )

    def _price(self, model: str) -> PriceSettings | None:
        return self._gateway.chat.prices.get(model)
