"""Where calls of one model wait until its limits allow them."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from runtime.clock import Clock
from runtime.settings.models import LimitSettings
from workers.bucket import Bucket
from workers.turns import Turns


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """It does not come."""


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls after so many seconds; as `asyncio.loop.call_later`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call takes of either limit."""

    requests: float
    tokens: float


@dataclass(eq=False, slots=True)
class _Waiter:
    tier: str
    cost: Cost
    admitted: asyncio.Future[None]


class Gate:
    """Tiers take turns by weight, and within a tier who came first is first. Bounded by who calls: the records in work.

    Whose turn it is waits for what it costs, and nobody passes it: large calls are not starved by small ones.
    """

    def __init__(self, limits: LimitSettings, *, weights: Mapping[str, int], clock: Clock, later: Later) -> None:
        self._requests = _bucket(limits.requests_per_minute)
        self._tokens = _bucket(limits.tokens_per_minute)
        self._clock = clock
        self._later = later
        self._turns = Turns(weights)
        self._lanes: dict[str, deque[_Waiter]] = {}
        self._next: _Waiter | None = None
        self._paused_until = -math.inf
        self._timer: Timer | None = None

    def resize(self, share: float) -> None:
        """The limits are this share of what they are for all."""
        now = self._clock.monotonic()
        for bucket in self._buckets():
            bucket.resize(share, now=now)
        self._serve()

    def pause(self, seconds: float) -> None:
        """Nobody passes for so long."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def correct(self, tokens: float) -> None:
        """A call took so many tokens more than it was admitted with; fewer, where that is below nothing."""
        self._take(Cost(requests=0, tokens=tokens))
        self._serve()

    def pass_now(self, cost: Cost) -> bool:
        """Whether the call may be made at once, since nobody waits; then it has been taken off the limits."""
        if self._lanes or self._wait(cost) > 0:
            return False
        self._take(cost)
        return True

    async def pass_through(self, tier: str, cost: Cost) -> None:
        """Returns when the limits allow the call, which has then been taken off them. Cancelled, it has taken nothing."""
        waiter = _Waiter(tier, cost, asyncio.get_running_loop().create_future())
        self._lanes.setdefault(tier, deque()).append(waiter)
        self._serve()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            self._leave(waiter)
            raise

    def _serve(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while waiter := self._head():
            seconds = self._wait(waiter.cost)
            if seconds > 0:
                if seconds < math.inf:
                    self._timer = self._later(seconds, self._serve)
                return
            self._take(waiter.cost)
            self._remove(waiter)
            waiter.admitted.set_result(None)

    def _head(self) -> _Waiter | None:
        if self._next is None and self._lanes:
            self._next = self._lanes[self._turns.next(self._lanes)][0]
        return self._next

    def _leave(self, waiter: _Waiter) -> None:
        if waiter.admitted.cancelled():
            self._remove(waiter)
        else:  # admitted in the same moment
            self._take(Cost(requests=-waiter.cost.requests, tokens=-waiter.cost.tokens))
        self._serve()

    def _remove(self, waiter: _Waiter) -> None:
        lane = self._lanes[waiter.tier]
        lane.remove(waiter)
        if not lane:
            del self._lanes[waiter.tier]
        if self._next is waiter:
            self._next = None

    def _wait(self, cost: Cost) -> float:
        now = self._clock.monotonic()
        paused = max(0.0, self._paused_until - now)
        requests = self._requests.wait(cost.requests, now=now) if self._requests else 0.0
        tokens = self._tokens.wait(cost.tokens, now=now) if self._tokens else 0.0
        return max(paused, requests, tokens)

    def _take(self, cost: Cost) -> None:
        now = self._clock.monotonic()
        if self._requests:
            self._requests.take(cost.requests, now=now)
        if self._tokens:
            self._tokens.take(cost.tokens, now=now)

    def _buckets(self) -> Iterator[Bucket]:
        return (bucket for bucket in (self._requests, self._tokens) if bucket)


def _bucket(per_minute: int | None) -> Bucket | None:
    return Bucket(per_minute=per_minute) if per_minute is not None else None
