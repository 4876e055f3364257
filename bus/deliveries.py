"""What a producer has in flight: how much, for how long, and who waits for it."""

import asyncio

from bus.errors import BusFull, BusUnavailable, DeliveryFailed
from bus.records import Receipt

Delivery = asyncio.Future[Receipt]


class Deliveries:
    """The records on their way, each with a deadline. It belongs to one event loop.

    At most `limit` are in flight; past that `begin` refuses and `room` waits. After one has failed for want of an answer,
    the broker is in doubt: then a single record goes out to try it, and the rest are refused until it is acknowledged.
    """

    def __init__(self, *, limit: int, timeout: float) -> None:
        self._limit = limit
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._open: dict[Delivery, tuple[float, str]] = {}  # the timeout is constant, so the order is that of deadlines
        self._timer: asyncio.TimerHandle | None = None
        self._closed_one = asyncio.Event()
        self._in_doubt = False

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, topic: str) -> Delivery:
        """Opens a delivery.

        Raises:
            BusFull: As many are open as are allowed.
            BusUnavailable: The broker is in doubt, and a record is out to try it.
        """
        if len(self._open) >= self._limit:
            raise BusFull(limit=self._limit)
        if self._in_doubt and self._open:
            raise BusUnavailable(doing="taking the record before this one")
        delivery: Delivery = self._loop.create_future()
        self._open[delivery] = (self._loop.time() + self._timeout, topic)
        if self._timer is None:
            self._timer = self._loop.call_later(self._timeout, self._expire)
        return delivery

    def withdraw(self, delivery: Delivery) -> None:
        """Closes a delivery that never went out."""
        self._close(delivery)

    def succeed(self, delivery: Delivery, receipt: Receipt) -> None:
        """Closes a delivery with its receipt; one that has expired or was cancelled stays so."""
        self._in_doubt = False
        self._close(delivery)
        if not delivery.done():
            delivery.set_result(receipt)

    def fail(self, delivery: Delivery, error: DeliveryFailed) -> None:
        """Closes a delivery with an error, which nobody needs to look at."""
        self._in_doubt = self._in_doubt or error.retriable
        self._close(delivery)
        if not delivery.done():
            delivery.set_exception(error)
            delivery.exception()  # seen: a sender may ignore what becomes of its record

    async def room(self) -> None:
        """Returns when `begin` would not refuse."""
        while len(self._open) >= self._limit or (self._in_doubt and self._open):
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
