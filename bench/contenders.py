"""Who is measured, and what is on whose account."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.body import CHUNKS, posts
from bench.errors import Unmeasured
from local.commands import ENVOY, ROOT
from local.kafka.ports import free_port
from local.keys import FOLDER, JWKS
from local.ports import PUBLIC
from local.process import Child, Command
from local.readiness import by_port
from local.system import KAFKA, System
from runtime.settings.gateway import Gateway

SLUICE, PEER = "Sluice", "peer"
PROCESSOR = "processor-0"

_IDEMPOTENCY = "idempotency"  # the plugin's name in gateway.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A service that takes chunks.

    Attributes:
        requests: What it is sent.
        pids: Its processes, by name; `kafka` is the broker, which all share.
        server: The one in Python, of which there is one; a second would serve twice as much.
        keyed: It is measured with an Idempotency-Key too.
        remembers: And answers the same key again with a replay.
    """

    name: str
    port: int
    requests: Sequence[str] = field(repr=False)
    pids: Mapping[str, int]
    server: str
    keyed: bool = False
    remembers: bool = False


def sluice(system: System) -> Contender:
    """Envoy and one processor."""
    port = system.ports[PUBLIC]
    pids = {name: running(system, name) for name in (ENVOY, PROCESSOR, KAFKA)}
    return Contender(
        name=SLUICE,
        port=port,
        requests=posts(system.keys.signing, port=port),
        pids=pids,
        server=PROCESSOR,
        keyed=True,
        remembers=_remembers(system.gateway),
    )


@asynccontextmanager
async def peer(system: System) -> AsyncIterator[Contender]:
    """The FastAPI service on the same broker, running while the context is open."""
    port = free_port()
    jwks = str(system.home / FOLDER / JWKS)
    options = ("--port", str(port), "--bootstrap", system.kafka_bootstrap, "--jwks", jwks)
    async with python_child(system, "bench.peer", *options, port=port) as child:
        pids = {PEER: child_pid(child, PEER), KAFKA: running(system, KAFKA)}
        requests = posts(system.keys.signing, port=port)
        yield Contender(name=PEER, port=port, requests=requests, pids=pids, server=PEER)


@asynccontextmanager
async def python_child(system: System, module: str, *options: str, port: int) -> AsyncIterator[Child]:
    """`python -m module options`, in the environment of the processor, running while the context is open."""
    like = system.child(PROCESSOR).command
    args = (like.args[0], "-m", module, *options)
    command = Command(name=module, args=args, environ=like.environ, cwd=ROOT, ready=by_port(port))
    async with kept(command, home=system.home) as child:
        yield child


@asynccontextmanager
async def kept(command: Command, *, home: Path) -> AsyncIterator[Child]:
    """A process beside those of the system in `home`, running while the context is open."""
    child = Child(command, log=home / "logs" / f"{command.name}.log", on_death=_died)
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


def child_pid(child: Child, what: str) -> int:
    """The process id of a child.

    Raises:
        Unmeasured: It has ended.
    """
    if child.pid is None:
        raise Unmeasured(what=what, reason=f"it has ended; {child.log} says why")
    return child.pid


def running(system: System, name: str) -> int:
    """The process id of a part of the system.

    Raises:
        Unmeasured: It has ended.
    """
    pid = system.pid(name)
    if pid is None:
        raise Unmeasured(what=name, reason="it has ended")
    return pid


def _remembers(gateway: Gateway) -> bool:
    """Whether POSTs of chunks are remembered by their key."""
    return any(use.name == _IDEMPOTENCY for route in gateway.routes if route.path == CHUNKS for use in route.plugins)


def _died(_: object) -> None:
    """The next slice hears of it: its requests are lost."""
