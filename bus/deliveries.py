"""What a producer has in flight: how much, for how long, and who waits for it."""

import asyncio
from collections.abc import Callable

from bus.errors import BusFull, DeliveryFailed
from bus.records import Receipt

Delivery = asyncio.Future[Receipt]


class Deliveries:
    """The records on their way, each with a deadline. It belongs to one event loop.

    At most `limit` are in flight; past that `begin` refuses and `room` waits. One that is not acknowledged within
    `timeout` seconds fails, and `expired` hears of its topic.
    """

    def __init__(self, *, limit: int, timeout: float, expired: Callable[[str], None]) -> None:
        self._limit = limit
        self._timeout = timeout
        self._expired = expired
        self._loop = asyncio.get_running_loop()
        self._open: dict[Delivery, tuple[float, str]] = {}  # the timeout is constant, so the order is that of deadlines
        self._timer: asyncio.TimerHandle | None = None
        self._closed_one = asyncio.Event()

    def begin(self, topic: str) -> Delivery:
        """Opens a delivery.

        Raises:
            BusFull: As many are open as are allowed.
        """
        if len(self._open) >= self._limit:
            raise BusFull(limit=self._limit)
        delivery: Delivery = self._loop.create_future()
        self._open[delivery] = (self._loop.time() + self._timeout, topic)
        if self._timer is None:
            self._timer = self._loop.call_later(self._timeout, self._expire)
        return delivery

    def succeed(self, delivery: Delivery, receipt: Receipt) -> None:
        """Closes a delivery with its receipt; one that has expired or was cancelled stays so."""
        self._close(delivery)
        if not delivery.done():
            delivery.set_result(receipt)

    def fail(self, delivery: Delivery, error: DeliveryFailed) -> None:
        """Closes a delivery with an error, which nobody needs to look at."""
        self._close(delivery)
        if not delivery.done():
            delivery.set_exception(error)
            delivery.exception()  # seen: a sender may ignore what becomes of its record

    async def room(self) -> None:
        """Returns when `begin` would not refuse."""
        while len(self._open) >= self._limit:
            await self._next_close()

    async def empty(self) -> None:
        """Returns when nothing is in flight, which deadlines bound."""
        while self._open:
            await self._next_close()

    async def _next_close(self) -> None:
        self._closed_one.clear()
        await self._closed_one.wait()

    def _close(self, delivery: Delivery) -> None:
        self._open.pop(delivery, None)
        self._closed_one.set()

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        for delivery, (deadline, topic) in list(self._open.items()):
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._expire)
                return
            reason = f"no answer within {self._timeout:g} s"
            self.fail(delivery, DeliveryFailed(topic=topic, reason=reason, retriable=True))
            self._expired(topic)
