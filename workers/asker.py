"""Puts a question to the model of its caller's tier, and knows what that costs."""

from collections.abc import Sequence

from runtime.settings.gateway import Gateway
from runtime.settings.models import PriceSettings
from schemas.events import Used
from workers.answer import Answer, prompted
from workers.errors import ModelUnavailable
from workers.interruption import Telling
from workers.metered import MeteredModel, Take
from workers.ports import Prompt


class Asker:
    """Models and prices are those of `chat` in gateway.yaml."""

    def __init__(self, model: MeteredModel, *, gateway: Gateway) -> None:
        self._model = model
        self._gateway = gateway

    async def ask(self, answer: Answer, *, tier: str, take: Take, telling: Telling) -> None:
        """As `MeteredModel.answer`, with the passages that the answer may use.

        Raises:
            ModelRejected: The model will never take this question.
            ModelUnavailable: It may later; also where it fell silent before its end.
        """
        prompt = self._prompt(tier, answer)
        await self._model.answer(prompt, tier=tier, price=self._price(prompt.model), take=take, telling=telling)
        if answer.usage is None:
            raise ModelUnavailable(provider="chat", status=None, detail="the answer ended without its end")

    def used(self, answer: Answer, *, tier: str) -> Sequence[Used]:
        """The event that tells what the call cost; none where there was no call."""
        used = answer.used(self._price(self._gateway.chat.tiers[tier][0]))
        return (used,) if used else ()

    def _prompt(self, tier: str, answer: Answer) -> Prompt:
        chat = self._gateway.chat
        return Prompt(
            question=answer.context.question,
            passages=prompted(answer.passages),
            model=chat.tiers[tier][0],
            max_tokens=chat.max_tokens,
        )

    def _price(self, model: str) -> PriceSettings | None:
        return self._gateway.chat.prices.get(model)
