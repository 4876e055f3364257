"""Puts the events of one answer on their way as the model speaks, without waiting for each to be acknowledged."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bus.errors import BusError, BusFull, BusUnavailable
from bus.records import Receipt
from schemas.events import Delta, Event

Send = Callable[[Event], Awaitable[Receipt]]

ROOM_SECONDS = 0.01  # between two looks for room, where as many records are in flight as are allowed


class AnswerWriter:
    """Text is gathered for `interval` seconds, but the first piece goes out at once. Bounded by the answer's length.

    Where there is no room in the producer, events wait here in order. Where one is not acknowledged, what follows is
    held back as well: then `settle` says so, and the answer must be written again as a whole.
    """

    def __init__(self, send: Send, *, interval: float) -> None:
        self._send = send
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._text: list[str] = []
        self._outgoing: deque[Event] = deque()
        self._unacknowledged: set[asyncio.Future[Receipt]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")
        self._broken = False

    def text(self, text: str) -> None:
        """The next piece of the answer."""
        if not text:
            return
        self._text.append(text)
        due = self._last + self._interval
        if due <= self._loop.time():
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_at(due, self._flush)

    def event(self, event: Event) -> None:
        """An event that is not text; it follows what was said before it."""
        self._gather()
        self._outgoing.append(event)
        self._push()

    async def settle(self) -> bool:
        """Returns when all is acknowledged, or known not to be: then `False`."""
        self._gather()
        self._push()
        while self._outgoing and not self._broken:
            await asyncio.sleep(ROOM_SECONDS)
            self._push()
        if self._unacknowledged:
            await asyncio.wait(self._unacknowledged)
        return not self._broken

    def close(self) -> None:
        """What has not gone out will not."""
        self._text.clear()
        self._outgoing.clear()
        if self._timer:
            self._timer.cancel()

    def _flush(self) -> None:
        self._gather()
        self._push()

    def _gather(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._text:
            self._last = self._loop.time()
            self._outgoing.append(Delta(text="".join(self._text)))
            self._text.clear()

    def _push(self) -> None:
        while self._outgoing and not self._broken:
            try:
                sent = asyncio.ensure_future(self._send(self._outgoing[0]))
            except BusFull:
                return  # the next event, or `settle`, tries again
            except BusUnavailable:
                self._broken = True
                return
            self._outgoing.popleft()
            self._unacknowledged.add(sent)
            sent.add_done_callback(self._heard)

    def _heard(self, sent: asyncio.Future[Receipt]) -> None:
        self._unacknowledged.discard(sent)
        if not sent.cancelled() and isinstance(sent.exception(), BusError):
            self._broken = True
