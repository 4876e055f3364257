"""kafka-python's network loop and sockets, which ask the kernel for less.

For a request and its answer release 3.0.12 registers the socket twice, once to be told that it may write, though a socket
with nothing in its buffer always may, and once to be told of the answer, and takes both back; it asks once more for bytes
after it had them all. Here a request is written at once, a socket stays registered for reading, and is read once.
"""

import selectors
import time
from collections.abc import Callable
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaProtocolError
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import KernelEvent, NetworkSelector, TaskState
from kafka.net.transport import KafkaTCPTransport

READ_BYTES = 65536


class Wires(NetworkSelector):
    """A network loop that whoever drives it can look into."""

    @property
    def busy(self) -> bool:
        """Whether there is more to do without waiting."""
        return bool(self._ready)

    @property
    def next_timer(self) -> float:
        """When there is something to do at the latest, by `time.monotonic`."""
        return float(self._scheduled[0][0]) if self._scheduled else float("inf")

    def fileno(self) -> int:
        """Readable when something has come; the kernel lets one `epoll` wait for another."""
        return int(self._selector.fileno())

    def turn(self) -> None:
        """Does what can be done without waiting."""
        self._poll_once(0)

    def readable(self, sock: Any) -> KernelEvent:
        """To be awaited: `sock` has something to read. It stays registered until `unregister_event`."""
        return KernelEvent("_readable", sock)

    def _readable(self, sock: Any) -> None:
        task: Any = self._current
        key = self._selector.get_map().get(sock)
        if key is None or key.data[0] is not task:
            self.register_event(sock, selectors.EVENT_READ, task)
        task.state = TaskState.WAIT_IO


class DirectTransport(KafkaTCPTransport):
    """A plain connection on `Wires`."""

    def write(self, data: Any) -> None:
        """Writes at once what the kernel takes; kafka-python's own way takes the rest, and whatever is wrong."""
        sent = 0
        if not (self._writing or self._write_buffer or self._closed) and self._write:
            try:
                sent = self._sock.send(data)
            except OSError:
                sent = 0  # it is full, or broken: the way that waits finds out
            self.last_write = time.monotonic()
        if sent < len(data):
            write: Callable[[Any], None] = super().write
            write(memoryview(data)[sent:] if sent else data)

    async def _read_from_sock(self) -> Any:
        sock = self._sock
        try:
            while self._read and not self._closed:
                await self._net.readable(sock)
                try:
                    data = sock.recv(READ_BYTES)
                except (BlockingIOError, InterruptedError):
                    continue
                except OSError as error:
                    return self.abort(error=KafkaConnectionError(error))
                if not data:
                    return self.abort(error=KafkaConnectionError("socket disconnected"))
                self.last_read = time.monotonic()
                self._protocol.data_received(data)
        except KafkaProtocolError as error:
            return self.abort(error=error)
        finally:
            if not self._closed:
                self._net.unregister_event(sock, selectors.EVENT_READ)


class Connections(KafkaConnectionManager):
    """Connections over such transports."""

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        build: Callable[..., Any] = super()._build_transport
        built = await build(node, timeout_at=timeout_at)
        if type(built) is not KafkaTCPTransport:  # it encrypts, and its buffers are not the kernel's
            return built
        make: Callable[..., DirectTransport] = DirectTransport
        return make(self._net, built._sock, host=built.host)  # noqa: SLF001 - the connection is handed on
