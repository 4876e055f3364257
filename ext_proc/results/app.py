"""The composition root of a results server."""

import asyncio
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from bus.choice import bus_for
from ext_proc.load.board import Board
from ext_proc.load.prospects import BoardProspects
from ext_proc.load.reports import Reports
from ext_proc.results.admission import admitting
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.spending import Admission
from ext_proc.results.route import ResultsSettings, StatusSettings
from ext_proc.results.service import Besides, results
from ext_proc.results.trust import signed_by
from runtime.clock import Clock, SystemClock
from runtime.errors import ConfigError
from runtime.management import Management
from runtime.metrics import Registry, ResultsMetrics
from runtime.settings.gateway import Gateway
from runtime.settings.load import problems_of
from runtime.settings.routes import PluginUse
from runtime.settings.source import Source
from runtime.tracing.context import PARENT
from runtime.tracing.opened import traced
from schemas.signature import Signer

STREAM, STATUS = PLUGINS = ("results", "status")

_log = logging.getLogger("sluice.results")


async def serve(stop: asyncio.Event, *, gateway: Gateway, source: Source, number: int) -> None:
    """Serves as the results server of that number until `stop` is set, then sends its readers away."""
    registry = Registry()
    socket = Path(gateway.results_socket(number))
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    topics, clock = followed(gateway, source), SystemClock()
    bus = bus_for(gateway.kafka, gateway.kafka.clients.gateway)
    signer = Signer(*gateway.keys.record_keys)
    tracing = traced(os.environ, system=gateway.name, process="results", number=number)
    async with (
        tracing as tracer,
        admitting(gateway, bus=bus, signer=signer, clock=clock) as admission,
        results(
            bus=bus,
            topics=topics if tracer is None else topics.keeping(PARENT),
            trust=signed_by(signer),
            settings=gateway.results,
            metrics=ResultsMetrics(registry),
            clock=clock,
            socket=str(socket),
            besides=replace(_besides(gateway, admission, signer=signer, clock=clock), tracer=tracer),
        ) as feed,
    ):
        management = Management(
            registry=registry, checks={"feed": lambda: feed.ready, "serving": lambda: not stop.is_set()}
        )
        port = gateway.management.results + number if gateway.management.results else 0
        async with management.serving(address=gateway.management.address, port=port):
            _log.info("serving", extra={"number": number, "management_port": management.port})
            await stop.wait()


def followed(gateway: Gateway, source: Source) -> Topics:
    """The topics of every route that streams results or tells their state, and what those routes need of them.

    Raises:
        ConfigError: A route's settings are wrong.
    """
    routes = list(_routes(gateway, source))
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
        sessions=gateway.results.sessions or "",
        load=gateway.workers.load or "",
    )


def _besides(gateway: Gateway, admission: Admission, *, signer: Signer, clock: Clock) -> Besides:
    if gateway.workers.load is None:
        return Besides(admission=admission)
    board = Board(tiers=gateway.tiers, clock=clock)
    reports = Reports(topic=gateway.workers.load, board=board, trust=signed_by(signer))
    return Besides(admission=admission, reports=reports, prospects=BoardProspects(board))


def _routes(gateway: Gateway, source: Source) -> Iterator[ResultsSettings]:
    for number, route in enumerate(gateway.routes):
        for step, plugin in enumerate(route.plugins):
            if plugin.name in PLUGINS:
                path = ("routes", number, "plugins", step, plugin.name)
                yield _settings(plugin, source=source, path=path)


def _settings(plugin: PluginUse, *, source: Source, path: Sequence[str | int]) -> ResultsSettings:
    try:
        if plugin.name == STATUS:
            return StatusSettings.model_validate(plugin.settings).stream()
        return ResultsSettings.model_validate(plugin.settings)
    except ValidationError as error:
        raise ConfigError(file=source.file, problems=problems_of(error, source=source, under=path)) from error


def _proofs(routes: Iterable[ResultsSettings]) -> frozenset[str]:
    return frozenset(route.known_by for route in routes if route.known_by)
