"""What providers allow for their models, kept to by all generators of a group without asking one another.

Each keeps to its share: the partitions of `rag.contexts` that it owns, of all. What Kafka has agreed on with the group
is so the only agreement that there is. A share that grows brings nothing saved up with it.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bus.records import Partition
from runtime.clock import Clock
from runtime.metrics import ModelMetrics
from runtime.settings.models import LimitSettings
from workers.aside import Aside
from workers.gate import Cost, Gate, Later
from workers.retry import LONGEST_ASKED

_NEW = 0.2  # how much of the running mean of answers the newest one is


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What one call is expected to take of its model's limits."""

    model: str
    tokens: float


class Quota:
    """Of one generator. A model that is not named in `limits` has none, and still pauses when its provider says so.

    Args:
        limits: Model -> what all generators together may ask of it.
        partitions: How many there are of the topic that the group shares.
        weights: Tier -> its share of the turns, where several wait.
        metrics: Seconds of waiting are counted here.
        clock: What time it is.
        aside: Records that wait here do so without a slot.
        later: Calls after some seconds; the loop's own where it is left out.
    """

    def __init__(
        self,
        limits: Mapping[str, LimitSettings],
        *,
        partitions: int,
        weights: Mapping[str, int],
        metrics: ModelMetrics,
        clock: Clock,
        aside: Aside | None = None,
        later: Later | None = None,
    ) -> None:
        self._partitions = partitions
        self._weights = weights
        self._metrics = metrics
        self._clock = clock
        self._aside = aside or Aside()
        self._later = later or asyncio.get_running_loop().call_later
        self._ours: set[Partition] = set()
        self._gates = {model: self._new(each) for model, each in limits.items()}  # and those met without limits
        self._means: dict[str, float] = {}

    def gained(self, partitions: Collection[Partition]) -> None:
        """These are ours from now on."""
        self._ours |= set(partitions)
        self._resize()

    def lost(self, partitions: Collection[Partition]) -> None:
        """These are another's from now on."""
        self._ours -= set(partitions)
        self._resize()

    async def admit(self, model: str, *, tier: str, given: int, most: int) -> Reserved:
        """Returns when the model's limits leave room for a call; may be cancelled, and has then taken nothing.

        Args:
            model: As gateway.yaml names it.
            tier: Tiers take turns by weight; within one, who came first is first.
            given: The prompt's tokens, about.
            most: What the answer may have; reserved is what answers have had of late, which is less.
        """
        tokens = given + min(self._means.get(model, most), most)
        began = self._clock.monotonic()
        gate, cost = self._gate(model), Cost(requests=1, tokens=tokens)
        if not gate.pass_now(cost):
            async with self._aside.stepped():
                await gate.pass_through(tier, cost)
        self._metrics.quota.labels(model, tier).observe(self._clock.monotonic() - began)
        return Reserved(model=model, tokens=tokens)

    def settle(self, reserved: Reserved, *, used: int, made: int | None) -> None:
        """The call is over.

        Args:
            reserved: For it.
            used: Tokens of prompt and answer; what is more than was reserved is paid back before the next call.
            made: Tokens of the answer, where it is whole.
        """
        self._gate(reserved.model).correct(used - reserved.tokens)
        if made is not None:
            mean = self._means.get(reserved.model, made)
            self._means[reserved.model] = mean + _NEW * (made - mean)

    def pause(self, model: str, seconds: float) -> None:
        """The provider wants no call of this model for so long: nobody of this generator makes one."""
        self._gate(model).pause(min(seconds, LONGEST_ASKED))

    @property
    def _share(self) -> float:
        return len(self._ours) / self._partitions

    def _resize(self) -> None:
        self._metrics.share.set(self._share)
        for gate in self._gates.values():
            gate.resize(self._share)

    def _gate(self, model: str) -> Gate:
        gate = self._gates.get(model)
        if gate is None:
            gate = self._gates[model] = self._new(LimitSettings())
        return gate

    def _new(self, limits: LimitSettings) -> Gate:
        return Gate(limits, weights=self._weights, clock=self._clock, later=self._later)
