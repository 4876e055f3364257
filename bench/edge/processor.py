"""`python -m bench.edge.processor`: a processor with every plugin of gateway.yaml, whose broker has always said yes.

So Envoy meets the processor's own answers, and no time of Kafka's is in between.
"""

import asyncio
from dataclasses import dataclass

from bench.helper import hear, say
from bench.inside import Accepting
from ext_proc.build import build
from ext_proc.registry import BUILT_IN
from ext_proc.router import Router
from ext_proc.services import services_for
from ext_proc.stream import Stream
from ext_proc.transport.choice import server_for
from ext_proc.transport.health import Health
from runtime.clock import SystemClock
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.load import load_with_source


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorJob:
    """What it is to serve: the route table of that file, on the socket that the file names."""

    config: str


async def main() -> None:
    """Serves until the bench goes."""
    gateway, source = load_with_source(ProcessorJob(**await hear()).config)
    metrics, clock = GatewayMetrics(Registry(process=False)), SystemClock()
    services = services_for(gateway, producer=Accepting(), metrics=metrics, clock=clock)
    router = Router(build(services, plugins=BUILT_IN, source=source))
    server = server_for(
        gateway.processor.transport,
        open_stream=lambda: Stream(router=router, metrics=metrics, clock=clock),
        max_streams=gateway.processor.max_streams,
        health=Health(),
        count=lambda _: None,
    )
    async with server.serving(socket=gateway.processor_socket(0), drain=1.0):
        say("ready")
        await hear()


if __name__ == "__main__":
    asyncio.run(main())
