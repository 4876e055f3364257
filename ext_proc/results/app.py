"""The composition root of a results server."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from bus.kafka.bus import KafkaBus
from ext_proc.plugins.results import ResultsPlugin, ResultsSettings
from ext_proc.results.live.topics import Topics
from ext_proc.results.service import results
from ext_proc.results.trust import signed_by
from runtime.clock import SystemClock
from runtime.management import Management
from runtime.metrics import Registry, ResultsMetrics
from runtime.settings.gateway import Gateway
from runtime.settings.routes import PluginUse
from schemas.signature import Signer

PLUGIN = ResultsPlugin.name

_log = logging.getLogger("sluice.results")


async def serve(stop: asyncio.Event, *, gateway: Gateway, number: int) -> None:
    """Serves as the results server of that number until `stop` is set, then sends its readers away."""
    registry = Registry()
    socket = Path(gateway.results_socket(number))
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with results(
        bus=KafkaBus(gateway.kafka),
        topics=followed(gateway),
        trust=signed_by(Signer(gateway.keys.records.get_secret_value())),
        settings=gateway.results,
        metrics=ResultsMetrics(registry),
        clock=SystemClock(),
        socket=str(socket),
    ) as feed:
        management = Management(
            registry=registry, checks={"feed": lambda: feed.ready, "serving": lambda: not stop.is_set()}
        )
        port = gateway.management.results + number if gateway.management.results else 0
        async with management.serving(address=gateway.management.address, port=port):
            _log.info("serving", extra={"number": number, "management_port": management.port})
            await stop.wait()


def followed(gateway: Gateway) -> Topics:
    """The topics of every route that streams results, and what those routes need of them."""
    routes = [_settings(plugin) for route in gateway.routes for plugin in route.plugins if plugin.name == PLUGIN]
    proving = [route for route in routes if route.known_by]
    return Topics(
        events=frozenset(route.topic for route in routes if route.key is not None),
        whole=frozenset(route.topic for route in routes if route.key is None),
        proofs=_proofs(proving),
        shared=_proofs(route for route in proving if not route.owner),
        unsigned=_proofs(proving) - _proofs(route for route in proving if route.signed),
        headers={
            topic: frozenset(each.header for route in routes if route.topic == topic for each in route.filters)
            for topic in {route.topic for route in routes}
        },
    )


def _settings(plugin: PluginUse) -> ResultsSettings:
    return ResultsSettings.model_validate(plugin.settings)


def _proofs(routes: Iterable[ResultsSettings]) -> frozenset[str]:
    return frozenset(route.known_by for route in routes if route.known_by)
