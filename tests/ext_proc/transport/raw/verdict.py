"""What a server made of something that it should not have been sent."""

from dataclasses import dataclass

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import Frame
from tests.ext_proc.transport.raw.peer import Gone, Peer

_PROBE = b"verdict?"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it ended: `goaway` (and closed), `closed` (and nothing said), `reset` (that stream alone), or `kept`."""

    kind: str
    code: int | None = None

    def __str__(self) -> str:
        return self.kind if self.code is None else f"{self.kind} {self.code}"


async def verdict(peer: Peer) -> Verdict:
    """Reads until the server has handled everything that was sent, or has closed the connection.

    A connection that the server gives up is closed by it: one that stays open after its GOAWAY fails the test that
    asks, by its patience.
    """
    peer.send(h2.ping(_PROBE))
    reset: Verdict | None = None
    try:
        while (frame := await peer.read()) != Frame(h2.PING, h2.ACK, 0, _PROBE):
            if frame.kind == h2.GOAWAY:
                await peer.end()
                return Verdict("goaway", frame.code)
            if frame.kind == h2.RST_STREAM:
                reset = reset or Verdict("reset", frame.code)
    except Gone:
        return Verdict("closed")
    return reset or Verdict("kept")
