"""The composition root of a processor: builds everything, hands it in, and serves until told to stop."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bus.choice import bus_for
from bus.ports import Bus
from bus.topics import Topics
from ext_proc.build import build
from ext_proc.bulk.room import Places
from ext_proc.chain import Chain
from ext_proc.idempotency.following import follow
from ext_proc.idempotency.tables import Tables
from ext_proc.load.following import following
from ext_proc.load.reports import Reports
from ext_proc.plugin import Services
from ext_proc.plugins.admit import AdmitPlugin
from ext_proc.registry import discover
from ext_proc.results.trust import signed_by
from ext_proc.router import Router
from ext_proc.services import services_for
from ext_proc.stream import Stream
from ext_proc.transport.choice import Server, server_for
from ext_proc.transport.health import Health
from runtime.management import Management
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.gateway import Gateway
from runtime.settings.routes import RouteSettings
from runtime.settings.source import Source
from runtime.tracing.opened import traced
from runtime.tracing.tracer import Tracer

Chains = Sequence[tuple[RouteSettings, Chain]]

_log = logging.getLogger("sluice.processor")


async def serve(stop: asyncio.Event, *, gateway: Gateway, source: Source, number: int) -> None:
    """Serves as the processor of that number until `stop` is set, then drains.

    Raises:
        ConfigError: A route cannot be built.
        TopicMismatch: A topic on the broker contradicts gateway.yaml.
    """
    registry = Registry()
    metrics = GatewayMetrics(registry)
    bus = bus_for(gateway.kafka, gateway.kafka.clients.gateway)
    tracing = traced(os.environ, system=gateway.name, process="processor", number=number)
    topics = Topics(bus, gateway.topics)
    management = Management(registry=registry, checks={"topics": lambda: topics.ready})
    port = gateway.management.processor + number if gateway.management.processor else 0
    async with tracing as tracer, bus.producer() as producer:
        services = services_for(gateway, producer=producer, metrics=metrics, bus=bus)
        chains = build(services, plugins=discover(), source=source)
        server = _server(services, chains, tracer=tracer)
        async with (
            asyncio.TaskGroup() as tasks,
            management.serving(address=gateway.management.address, port=port),
            _listening(bus, services),
            server.serving(socket=gateway.processor_socket(number), drain=gateway.processor.drain),
            _uploads(services, chains, number=number, tracer=tracer),
        ):
            catching_up = tasks.create_task(_follow(bus, topics, services.idempotency), name="topics")
            _log.info("serving", extra={"number": number, "management_port": management.port})
            await stop.wait()
            catching_up.cancel()


async def _follow(bus: Bus, topics: Topics, tables: Tables) -> None:
    """Once the topics are there, brings to the tables what is in theirs; where no route has one, nothing is read."""
    await topics.ensure()
    await follow(bus, tables)


def _server(services: Services, chains: Chains, *, tracer: Tracer | None) -> Server:
    metrics, clock = services.metrics, services.clock
    router = Router(chains)
    return server_for(
        services.gateway.processor.transport,
        open_stream=lambda: Stream(router=router, metrics=metrics, clock=clock, tracer=tracer),
        max_streams=services.gateway.processor.max_streams,
        health=Health(),
        count=metrics.streams.set,
    )


@asynccontextmanager
async def _uploads(services: Services, chains: Chains, *, number: int, tracer: Tracer | None) -> AsyncIterator[None]:
    """Takes uploads, where some route does.

    They have a producer of their own: it waits a little for batches to fill, and what is in flight there leaves the room
    of requests that come alone to them.
    """
    lines = {chain.route: chain.many.lines for _, chain in chains if chain.many}
    if not lines:
        yield
        return
    from ext_proc.bulk.server import BulkServer  # noqa: PLC0415  # a processor without uploads must not pay for HTTP

    gateway = services.gateway
    settings = gateway.kafka.producer
    kafka = gateway.kafka.model_copy(update={"producer": settings.model_copy(update={"linger": settings.bulk_linger})})
    places = Places(settings.max_in_flight)
    async with bus_for(kafka, kafka.clients.gateway).producer() as producer:
        server = BulkServer(lines=lines, producer=producer, clock=services.clock, places=places, tracer=tracer)
        async with server.serving(socket=gateway.bulk_socket(number), drain=gateway.processor.drain / 2):
            yield


def _listening(bus: Bus, services: Services) -> AbstractAsyncContextManager[None]:
    """Follows what workers say of their load, where some route asks for it."""
    gateway = services.gateway
    uses = {plugin.name for route in gateway.routes for plugin in route.plugins}
    if gateway.workers.load is None or AdmitPlugin.name not in uses:
        return nullcontext()
    return following(bus, Reports(topic=gateway.workers.load, board=services.board, trust=signed_by(services.signer)))
