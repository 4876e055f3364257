"""A whole call by hand."""

from ext_proc.transport.methods import CHECK
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import headers, request
from tests.ext_proc.transport.raw.peer import Peer


def call(stream: int, *messages: bytes, end: bool = False) -> list[Frame]:
    """Headers, then a DATA frame for each message."""
    frames = [headers(stream), *(data(stream, message(body)) for body in messages)]
    return [*frames, data(stream, end=True)] if end else frames


def health_check(stream: int) -> list[Frame]:
    """A health check, as Envoy sends it."""
    return [headers(stream, request(_path=CHECK)), data(stream, message(b""), end=True)]


async def works(peer: Peer, stream: int) -> bool:
    """Whether a new stream of that number is answered as if nothing had been."""
    peer.send(*call(stream, b"end ok"))
    answer = await peer.answer(stream)
    return ([b"ok"], "0", None) == (answer.messages, answer.status, answer.reset)
