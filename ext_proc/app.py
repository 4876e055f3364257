"""The composition root of a processor: builds everything, hands it in, and serves until told to stop."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, nullcontext

from bus.choice import bus_for
from bus.ports import Bus
from bus.topics import Topics
from ext_proc.build import build
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
from runtime.settings.source import Source

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
    topics = Topics(bus, gateway.topics)
    management = Management(registry=registry, checks={"topics": lambda: topics.ready})
    port = gateway.management.processor + number if gateway.management.processor else 0
    async with bus.producer() as producer:
        services = services_for(gateway, producer=producer, metrics=metrics)
        server = _server(services, source)
        async with (
            asyncio.TaskGroup() as tasks,
            management.serving(address=gateway.management.address, port=port),
            _listening(bus, services),
            server.serving(socket=gateway.processor_socket(number), drain=gateway.processor.drain),
        ):
            catching_up = tasks.create_task(_follow(bus, topics, services.idempotency), name="topics")
            _log.info("serving", extra={"number": number, "management_port": management.port})
            await stop.wait()
            catching_up.cancel()


async def _follow(bus: Bus, topics: Topics, tables: Tables) -> None:
    """Once the topics are there, brings to the tables what is in theirs; where no route has one, nothing is read."""
    await topics.ensure()
    await follow(bus, tables)


def _server(services: Services, source: Source) -> Server:
    metrics, clock = services.metrics, services.clock
    router = Router(build(services, plugins=discover(), source=source))
    return server_for(
        services.gateway.processor.transport,
        open_stream=lambda: Stream(router=router, metrics=metrics, clock=clock),
        max_streams=services.gateway.processor.max_streams,
        health=Health(),
        count=metrics.streams.set,
    )


def _listening(bus: Bus, services: Services) -> AbstractAsyncContextManager[None]:
    """Follows what workers say of their load, where some route asks for it."""
    gateway = services.gateway
    uses = {plugin.name for route in gateway.routes for plugin in route.plugins}
    if gateway.workers.load is None or AdmitPlugin.name not in uses:
        return nullcontext()
    return following(bus, Reports(topic=gateway.workers.load, board=services.board, trust=signed_by(services.signer)))
