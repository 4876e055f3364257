"""Who is measured, and what is on whose account."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.address import Address
from bench.body import CHUNKS, posts
from bench.children import child_pid, python_child, running
from bench.gateways import Variant, gateway
from local.commands import ENVOY
from local.kafka.ports import free_port
from local.keys import FOLDER, JWKS
from local.ports import PUBLIC
from local.system import KAFKA, System
from runtime.settings.gateway import Gateway

PEER = "FastAPI, aiokafka"
PROCESSOR = "processor-0"

_IDEMPOTENCY = "idempotency"  # the plugin's name in gateway.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A service that takes chunks.

    Attributes:
        at: Where it listens.
        requests: What it is sent.
        pids: Its processes, by name; `kafka` is the broker, which all share.
        accepts: The statuses that say that it took a request.
        keyed: It is measured with an Idempotency-Key too.
        remembers: And answers the same key again with a replay.
    """

    name: str
    at: Address
    requests: Sequence[str] = field(repr=False)
    pids: Mapping[str, int]
    accepts: frozenset[str] = frozenset({"202"})
    keyed: bool = False
    remembers: bool = False


def sluice(system: System, *, name: str) -> Contender:
    """The system's own Envoy and processor."""
    at = Address(port=system.ports[PUBLIC])
    return Contender(
        name=name,
        at=at,
        requests=posts(system.keys.signing, at=at),
        pids={name: running(system, name) for name in (ENVOY, PROCESSOR, KAFKA)},
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
        at = Address(port=port)
        yield Contender(name=PEER, at=at, requests=posts(system.keys.signing, at=at), pids=pids)


@asynccontextmanager
async def varied(system: System, variant: Variant) -> AsyncIterator[Contender]:
    """Another gateway on the same broker, running while the context is open."""
    async with gateway(system, variant, parts=(PROCESSOR,)) as found:
        at, pids = Address(port=found.port), {**found.pids, KAFKA: running(system, KAFKA)}
        yield Contender(name=str(variant), at=at, requests=posts(system.keys.signing, at=at), pids=pids)


def _remembers(gateway: Gateway) -> bool:
    """Whether POSTs of chunks are remembered by their key."""
    return any(use.name == _IDEMPOTENCY for route in gateway.routes if route.path == CHUNKS for use in route.plugins)
