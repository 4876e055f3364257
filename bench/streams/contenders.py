"""Whose streams are measured, and what is on whose account."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.address import Address
from bench.children import child_pid, python_child, running
from bench.contenders import PROCESSOR
from bench.gateways import Variant, gateway
from bus.kafka.bus import KafkaBus
from local.commands import ENVOY
from local.kafka.ports import free_port
from local.keys import FOLDER, JWKS
from local.ports import PUBLIC
from local.system import System

PEER = "aiohttp, aiokafka"
RESULTS = "results-0"
TOPIC = "rag.results"
PEER_TOPIC = "bench.results"
"""The peer's own, with as many partitions: a contender reads nothing that was written for another."""

VARIANT_TOPIC = "bench.results.too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """A service that streams the records of a topic.

    Attributes:
        topic: What it follows.
        questions: Where it looks for whether a key is known; empty where it does not.
        pids: Its processes, by name.
        server: The one in Python that holds the streams, of which there is one.
    """

    name: str
    at: Address
    topic: str
    questions: str = ""
    pids: Mapping[str, int]
    server: str


def sluice(system: System) -> Streaming:
    """The system's own Envoy, processor and results server."""
    pids = {name: running(system, name) for name in (ENVOY, PROCESSOR, RESULTS)}
    name = str(Variant.of(system.gateway))
    return _gateway(name, port=system.ports[PUBLIC], topic=TOPIC, pids=pids)


@asynccontextmanager
async def varied(system: System, variant: Variant) -> AsyncIterator[Streaming]:
    """Another gateway on the same broker with a topic of results of its own, running while the context is open."""
    renamed = {TOPIC: VARIANT_TOPIC}
    async with gateway(system, variant, parts=(PROCESSOR, RESULTS), renamed=renamed) as found:
        yield _gateway(str(variant), port=found.port, topic=VARIANT_TOPIC, pids=found.pids)


@asynccontextmanager
async def peer(system: System) -> AsyncIterator[Streaming]:
    """The aiohttp service on the same broker, running while the context is open."""
    async with KafkaBus(system.gateway.kafka).admin() as admin:
        await admin.ensure({PEER_TOPIC: system.gateway.topics[TOPIC]})
    port = free_port()
    jwks = str(system.home / FOLDER / JWKS)
    options = ("--port", str(port), "--bootstrap", system.kafka_bootstrap, "--jwks", jwks, "--topic", PEER_TOPIC)
    async with python_child(system, "bench.peer.sse", *options, port=port) as child:
        pids = {PEER: child_pid(child, PEER)}
        yield Streaming(name=PEER, at=Address(port=port), topic=PEER_TOPIC, pids=pids, server=PEER)


def _gateway(name: str, *, port: int, topic: str, pids: Mapping[str, int]) -> Streaming:
    at = Address(port=port)
    return Streaming(name=name, at=at, topic=topic, questions="rag.queries", pids=pids, server=RESULTS)
