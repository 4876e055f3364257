"""Runs the sender of a kafka-python producer on the event loop for as long as all is well, and on its own thread else.

kafka-python sends and receives on a thread. For a record that comes alone that is four crossings, there and back, each
with a wake-up by the kernel and a hand-over of Python's lock: most of what such a record costs. So while there is a
producer id, every connection is up and nothing but records is to be sent, the thread rests inside of `poll`, and the loop
does what it would have done: the same methods of the same sender, which then never wait. Records that are handed over in
one turn of the loop go out together, a lone one in the turn after it.

Whatever may take its time, a first connection, an outage, a new producer id, the end, is the thread's, which takes
over in the middle, as if its `poll` had just returned.

```
          poll, and all is well              on the loop
thread ───────────────────────────► resting ─────────────► driven
   ▲                                                          │  not well, or an error
   └──────────────────────────────────────────────────────────┘
```
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from kafka.net.compat import KafkaNetClient
from kafka.producer.transaction_manager import TransactionState

from bus.kafka.wires import Connections, Wires

LOOK_SECONDS = 1.0  # how often the resting thread looks whether there is still a loop
LONGEST_SECONDS = 60.0  # of a timer; then it looks again
SOON_SECONDS = 0.005  # what could not be sent is tried again then, unless an answer comes first

_log = logging.getLogger("sluice.kafka")


class DrivenClient(KafkaNetClient):
    """The network side of a producer, whose thread rests where the driver wants to work."""

    driver: "Driver | None" = None

    def __init__(self, **config: Any) -> None:
        wires = Wires(**config)
        init: Callable[..., None] = super().__init__
        init(net=wires, manager=Connections(wires, **config))

    def poll(self, timeout_ms: float | None = None, future: Any = None) -> Any:
        """Called by the sender's thread, at the end of each round."""
        driver = self.driver
        if driver is not None and future is None and driver.rest():
            return None
        poll: Callable[..., Any] = super().poll
        return poll(timeout_ms=timeout_ms, future=future)

    def wakeup(self) -> None:
        """Called by whoever gives the sender something to do, on any thread."""
        driver = self.driver
        if driver is None or not driver.nudged():
            wake: Callable[[], None] = super().wakeup
            wake()


class Driver:
    """Drives one producer's sender. It belongs to one event loop; `rest` is for the sender's thread.

    `after` is called on the loop when acknowledgements may have come.
    """

    def __init__(self, sender: Any, *, after: Callable[[], None]) -> None:
        self._sender = sender
        self._client: Any = sender._client  # noqa: SLF001 - kafka-python offers no way to drive a sender
        self._net: Any = self._client._net  # noqa: SLF001 - as above
        self._connections: Any = self._client._manager  # noqa: SLF001 - as above
        self._accumulator: Any = sender._accumulator  # noqa: SLF001 - as above
        self._state: Any = sender._transaction_manager  # noqa: SLF001 - as above
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._back = threading.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._look = float("inf")
        self._nudged = False
        self.driving = False

    def begin(self) -> None:
        """From here on the thread rests whenever it can."""
        self._client.driver = self
        self._net.wakeup()

    def rest(self) -> bool:
        """On the sender's thread: rests while the loop drives, if it can. Whether it did."""
        if not self._is_well():
            return False
        self._back.clear()
        try:
            self._loop.call_soon_threadsafe(self._take)
        except RuntimeError:  # the loop has ended
            return False
        while not self._back.wait(LOOK_SECONDS):
            if self._loop.is_closed():
                self.driving = False
                break
        return True

    def nudged(self) -> bool:
        """There is something to send. Whether that is enough, because the loop will send it."""
        if not self.driving or threading.get_ident() != self._thread or self._loop.is_closed():
            return False
        if not self._nudged:
            self._nudged = True
            self._loop.call_soon(self._send)
        return True

    def _is_well(self) -> bool:
        """All that is to be sent is records, and all connections are there to send them."""
        state, connections = self._state, self._connections._conns  # noqa: SLF001 - as above
        return (
            self._sender._running  # noqa: SLF001 - as above
            and state._current_state is TransactionState.READY  # noqa: SLF001 - as above
            and not state._pending_requests  # noqa: SLF001 - as above
            and not state.has_in_flight_transactional_request()
            and bool(connections)
            and all(connection.connected for connection in connections.values())
        )

    def _take(self) -> None:
        self.driving = True
        self._loop.add_reader(self._net.fileno(), self._receive)
        self._send()

    def _give_back(self) -> None:
        if not self.driving:
            return
        self.driving = False
        self._loop.remove_reader(self._net.fileno())
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._back.set()

    def _send(self) -> None:
        self._nudged = False
        self._work(received=False)

    def _receive(self) -> None:
        self._work(received=True)

    def _wake(self) -> None:
        self._timer = None
        self._work(received=True, late=True)

    def _work(self, *, received: bool, late: bool = False) -> None:
        if not self.driving:
            return
        try:
            if self._round(received=received, late=late):
                self._wake_in_time()
            else:
                self._give_back()
        except Exception:  # noqa: BLE001 - kafka-python's own thread goes on after any error, and so it shall here
            _log.exception("the sender of a Kafka client failed")
            self._give_back()
        self._after()

    def _round(self, *, received: bool, late: bool) -> bool:
        """Receives what has come and sends what can be sent; whether all is well after it."""
        while self._is_well():
            self._learn_topics()
            if received:
                self._net.turn()
            if late or self._unsent():
                self._flush()
            if not self._net.busy:
                return self._is_well()
            received, late = True, False
        return False

    def _learn_topics(self) -> None:
        """Those that another thread wants to know the partitions of."""
        wanted: set[str] = self._sender._topics_to_add  # noqa: SLF001 - as above
        while wanted:
            self._sender._metadata.add_topic(wanted.pop())  # noqa: SLF001 - as above

    def _unsent(self) -> bool:
        return any(self._accumulator._batches.values())  # noqa: SLF001 - as above

    def _flush(self) -> None:
        """Sends, and finds out what has waited for too long."""
        wait = self._sender._send_producer_data() / 1000  # noqa: SLF001 - as above
        now, expires = time.monotonic(), self._accumulator.next_expiry_time_ms / 1000
        if wait <= 0:  # it wants to be asked again at once; what is left then waits for an answer that comes in between
            wait = SOON_SECONDS if self._unsent() else float("inf")
        self._look = min(now + wait, expires)

    def _wake_in_time(self) -> None:
        when = min(self._look, self._net.next_timer)
        if self._timer is not None:
            if self._due <= when:
                return  # it comes early, and looks again
            self._timer.cancel()
        self._due = when
        self._timer = self._loop.call_later(min(max(when - time.monotonic(), 0.0), LONGEST_SECONDS), self._wake)
