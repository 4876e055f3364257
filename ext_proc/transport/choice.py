"""Which transport carries Envoy's streams. What is not chosen is not imported: grpc alone is 20 MB of a process."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from ext_proc.stream import Stream
from ext_proc.transport.health import Health

Name = Literal["native", "grpcio"]


class Server(Protocol):
    """What every transport is."""

    def serving(self, *, socket: str, drain: float) -> AbstractAsyncContextManager[None]:
        """Serves on a unix socket; leaving lets open streams finish for up to `drain` seconds."""


def server_for(
    name: Name,
    *,
    open_stream: Callable[[], Stream],
    max_streams: int,
    health: Health,
    count: Callable[[int], None],
) -> Server:
    """The transport of that name; at most `max_streams` at once, past which a request is refused with 503."""
    if name == "native":
        from ext_proc.transport.native import NativeServer  # noqa: PLC0415

        return NativeServer(open_stream=open_stream, max_streams=max_streams, health=health, count=count)
    from ext_proc.transport.grpcio import GrpcServer  # noqa: PLC0415

    return GrpcServer(open_stream=open_stream, max_streams=max_streams, health=health, count=count)
