"""A server of either transport, with scripted streams behind it, on a unix socket."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ext_proc.transport.grpcio import GrpcServer
from ext_proc.transport.health import Health
from ext_proc.transport.native import NativeServer
from tests.ext_proc.transport.script import KEPT, Script


class Server(Protocol):
    """What every transport is."""

    def serving(self, *, socket: str, drain: float) -> Any:
        """An async context manager that serves."""


TRANSPORTS: dict[str, Callable[..., Server]] = {"grpcio": GrpcServer, "native": NativeServer}
"""Every transport by the name that gateway.yaml calls it."""


@dataclass(slots=True, kw_only=True)
class Served:
    """A running server."""

    transport: str
    socket: str
    script: Script
    health: Health
    counts: deque[int] = field(default_factory=lambda: deque((0,), maxlen=KEPT))

    @property
    def open(self) -> int:
        """How many streams the server says that it holds."""
        return self.counts[-1]

    async def until(self, holds: Callable[["Served"], bool]) -> None:
        """Returns once a condition holds that has no event of its own."""
        async with asyncio.timeout(10):
            while not holds(self):  # noqa: ASYNC110  # as said
                await asyncio.sleep(0.002)


@asynccontextmanager
async def serving(
    transport: str,
    folder: Path,
    *,
    name: str = "p.sock",
    max_streams: int = 1000,
    drain: float = 1.0,
    open_stream: Any = None,
) -> AsyncIterator[Served]:
    """Serves scripted streams, or those that `open_stream` makes, while the context is open."""
    script, health = Script(), Health()
    served = Served(transport=transport, socket=str(folder / name), script=script, health=health)
    server = TRANSPORTS[transport](
        open_stream=open_stream or script.stream, max_streams=max_streams, health=health, count=served.counts.append
    )
    async with server.serving(socket=served.socket, drain=drain):
        yield served
