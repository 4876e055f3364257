"""The processes of a Sluice, as `gateway.yaml` and the environment describe them.

`SLUICE_EMBEDDERS`, `SLUICE_RETRIEVERS` and `SLUICE_GENERATORS` say how many workers of a stage there are: one each, where
they are not set. Workers know nothing of one another but what their group tells them, so `gateway.yaml` does not count them.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local.errors import CountInvalid
from local.ports import ROW, Ports
from local.process import Command
from local.readiness import Readiness, by_http, by_port
from runtime.settings.gateway import Gateway
from runtime.settings.sites import SiteSettings

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = "stand-in"
ENVOY = "envoy"
PAGE = "page"
WORKERS = ("embedder", "retriever", "generator")

# The model of the embedder and the retriever is loaded once a process; on a busy machine that takes its time.
START_SECONDS = 120.0
_API_KEY = "ANTHROPIC_API_KEY"


def commands(gateway: Gateway, *, environ: Mapping[str, str], ports: Ports, stand_in: bool) -> tuple[Command, ...]:
    """Every process but Kafka, in no order: each waits for what it needs.

    Raises:
        CountInvalid: A variable does not say how many workers a stage has.
    """
    make = _maker(environ)
    management = gateway.management
    own = (make(STAND_IN, by_port(ports["SLUICE_STANDIN_PORT"]), *_stand_in(ports)),) if stand_in else ()
    pages = tuple(make(PAGE, by_http(site.port), *_page(site)) for site in gateway.edge.served if site.name == PAGE)
    edge = make(ENVOY, by_http(gateway.edge.admin.port, "/ready"), "envoy", "run", stop=gateway.edge.drain)
    processors = (
        make(
            f"processor-{n}",
            _managed(management.processor, n),
            "ext_proc",
            "serve",
            "--number",
            str(n),
            stop=gateway.processor.drain,
        )
        for n in range(gateway.processor.processes)
    )
    results = (
        make(
            f"results-{n}",
            _managed(management.results, n),
            "ext_proc",
            "results",
            "--number",
            str(n),
            stop=gateway.results.drain,
        )
        for n in range(gateway.results.processes)
    )
    stages = (
        make(
            numbered(stage, n),
            _managed(getattr(management, stage), n),
            "workers",
            stage,
            "--number",
            str(n),
            stop=gateway.workers.drain,
        )
        for stage in WORKERS
        for n in range(_how_many(stage, environ))
    )
    return (*own, *pages, edge, *processors, *results, *stages)


def numbered(stage: str, number: int) -> str:
    """How the n-th worker of a stage is called: `generator`, `generator-1`, ..."""
    return f"{stage}-{number}" if number else stage


def _how_many(stage: str, environ: Mapping[str, str]) -> int:
    variable = f"SLUICE_{stage.upper()}S"
    text = environ.get(variable) or "1"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= ROW:
        raise CountInvalid(variable=variable, value=text, most=ROW)
    return int(text)


def _maker(environ: Mapping[str, str]) -> Callable[..., Command]:
    def make(name: str, ready: Readiness, *module_and_args: str, stop: float = 10.0) -> Command:
        return Command(
            name=name,
            args=(sys.executable, "-m", *module_and_args),
            environ=_environ_of(name, environ),
            cwd=ROOT,
            ready=ready,
            start_seconds=START_SECONDS,
            stop_seconds=stop + 5.0,
        )

    return make


def _environ_of(name: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Only the generator calls the provider, so only it is given the key."""
    return environ if name.startswith("generator") else {k: v for k, v in environ.items() if k != _API_KEY}


def _managed(first: int, number: int) -> Readiness:
    return by_http(first + number)


def _stand_in(ports: Ports) -> tuple[str, ...]:
    return ("demo.standin", "--port", str(ports["SLUICE_STANDIN_PORT"]))


def _page(site: SiteSettings) -> tuple[str, ...]:
    return ("demo.page", "--host", site.host, "--port", str(site.port))
