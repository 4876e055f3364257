"""Whose streams are measured, and what is on whose account."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.contenders import PEER, PROCESSOR, SLUICE, child_pid, python_child, running
from bus.kafka.bus import KafkaBus
from local.commands import ENVOY
from local.kafka.ports import free_port
from local.keys import FOLDER, JWKS
from local.ports import PUBLIC
from local.system import System

RESULTS = "results-0"
TOPIC = "rag.results"
PEER_TOPIC = "bench.results"
"""The peer's own, with as many partitions: a contender reads nothing that was written for the other."""


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
    port: int
    topic: str
    questions: str = ""
    pids: Mapping[str, int]
    server: str


def sluice(system: System) -> Streaming:
    """Envoy, one processor and one results server."""
    pids = {name: running(system, name) for name in (ENVOY, PROCESSOR, RESULTS)}
    return Streaming(
        name=SLUICE, port=system.ports[PUBLIC], topic=TOPIC, questions="rag.queries", pids=pids, server=RESULTS
    )


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
        yield Streaming(name=PEER, port=port, topic=PEER_TOPIC, pids=pids, server=PEER)
