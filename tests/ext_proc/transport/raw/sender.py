"""A client's side of flow control: sends no more than the server has granted."""

from collections import defaultdict

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.peer import Peer


class Sender:
    """What may still be sent on a greeted connection, by what came from the server so far."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._read = 0
        self.stream_window = h2.WINDOW
        self.connection_window = h2.WINDOW
        self._spent: dict[int, int] = defaultdict(int)
        self._take()

    async def send(self, stream: int, raw: bytes) -> None:
        """Sends these bytes in as many frames as it takes, as the windows open."""
        for at in range(0, len(raw), h2.FRAME):
            await self.frame(data(stream, raw[at : at + h2.FRAME]))

    async def frame(self, frame: Frame, *, stream_counts: bool = True) -> None:
        """Sends one frame once there is room; the room in its stream is left out where that is over anyhow."""
        size = len(frame.payload)
        while self._room(frame.stream, stream_counts=stream_counts) < size:
            await self._peer.read()
            self._take()
        self.spend(frame.stream, size)
        self._peer.send(frame)
        await self._peer.drained()

    def spend(self, stream: int, size: int) -> None:
        """So many bytes were sent by hand."""
        self.connection_window -= size
        self._spent[stream] += size

    def _room(self, stream: int, *, stream_counts: bool) -> int:
        if not stream_counts:
            return self.connection_window
        return min(self.connection_window, self.stream_window - self._spent[stream])

    def _take(self) -> None:
        for frame in self._peer.seen[self._read :]:
            if frame.kind == h2.WINDOW_UPDATE and frame.stream:
                self._spent[frame.stream] -= frame.number
            elif frame.kind == h2.WINDOW_UPDATE:
                self.connection_window += frame.number
            elif frame.kind == h2.SETTINGS and not frame.flags & h2.ACK:
                self._settings(frame.payload)
        self._read = len(self._peer.seen)

    def _settings(self, payload: bytes) -> None:
        for at in range(0, len(payload), 6):
            if int.from_bytes(payload[at : at + 2], "big") == h2.INITIAL_WINDOW_SIZE:
                self.stream_window = int.from_bytes(payload[at + 2 : at + 6], "big")
