"""Each of our services runs by exactly the command, the environment and the healthcheck that compose gives.

What a container has of its own is mapped to this machine: folders to a folder, hosts to addresses, ports to free ones.
Kafka is the tests' own, and Qdrant is the one in memory of Qdrant's client.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest

from demo.client import Client
from local.kafka.broker import KafkaBroker
from local.keys import Keys
from local.ports import DEFAULTS, Ports
from local.process import Child, Command
from local.readiness import by_http
from tests.containers.project import BASE, SECRETS, document, project
from tests.fixtures.kafka import SHARED
from tests.fixtures.settings import ROOT

pytestmark = [*SHARED, pytest.mark.envoy]

IN_USE = [f"SLUICE_{kind}_PORT" for kind in ("PROCESSOR", "RESULTS", "EMBEDDER", "RETRIEVER", "GENERATOR", "ADMIN")]


@dataclass(frozen=True, slots=True)
class Host:
    """This machine in the place of the containers'."""

    folder: Path
    kafka: str
    ports: Ports = field(default_factory=Ports.free)

    def text(self, word: str) -> str:
        """A word of a command or of the environment, with what is elsewhere here."""
        for host, here in {"kafka:9092": self.kafka, "http://qdrant:6333": ":memory:"}.items():
            word = word.replace(host, here)
        for folder in ("/sluice", "/signing"):
            word = f"{self.folder}{word}" if word == folder else word
        for variable, port in DEFAULTS.items():
            for host in ("127.0.0.1", "envoy", "standin", "page"):
                word = word.replace(f"{host}:{port}", f"127.0.0.1:{self.ports[variable]}")
            word = str(self.ports[variable]) if word == str(port) else word
        return word

    def environ(self, told: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a process: what compose gives, the image's home, and where ports are here."""
        here = {name: self.text(value) for name, value in {"SLUICE_HOME": "/sluice", **told}.items()}
        return {**here, **{name: str(self.ports[name]) for name in IN_USE}}

    def args(self, command: list[str]) -> tuple[str, ...]:
        """`python` is the one that runs this; the image's is found by its PATH."""
        assert command[0] == "python"
        return (sys.executable, *map(self.text, command[1:]))


class Containers:
    """The services of docker-compose.yml, with .env.example for an .env."""

    def __init__(self, host: Host) -> None:
        example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        said = dict(line.split("=", 1) for line in example if "=" in line and not line.startswith("#"))
        secrets = {name: value for name, value in SECRETS.items() if name != "ANTHROPIC_API_KEY"}
        self._project = project(BASE, environ={**said, **secrets})
        self._host = host

    @asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[None]:
        """Healthy when it is entered, as compose counts it; left, it is asked to stop, and ends with 0."""
        service, deaths = self._project.services[name], list[Exception]()
        healthcheck = service["healthcheck"]["test"][1:]
        at = urlsplit(self._host.text(healthcheck[-1]))
        command = Command(
            name=name,
            args=self._host.args(service["command"]),
            environ=self._host.environ(self._project.environ(name)),
            cwd=ROOT,
            ready=by_http(at.port or 0, at.path),  # the healthcheck itself asks once: it is a process each time
        )
        child = Child(command, log=self._host.folder / f"{name}.log", on_death=deaths.append)
        await child.start()
        try:
            await self._run(name, healthcheck)
            yield
        finally:
            process = child._process
            await child.stop()
        assert process is not None
        assert (deaths, process.returncode) == ([], 0)

    async def run(self, name: str) -> str:
        """To its end, which must be a good one; what it said."""
        return (await self._run(name, self._project.services[name]["command"])).decode()

    async def _run(self, name: str, command: list[str]) -> bytes:
        environ = self._host.environ(self._project.environ(name))
        process = await asyncio.create_subprocess_exec(
            *self._host.args(command), cwd=ROOT, env=environ, stdin=DEVNULL, stdout=PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        return said


async def test_each_service_runs_as_compose_says(kafka: KafkaBroker) -> None:
    """All get healthy in their order, a question goes through Envoy to an answer, the library loads, and all end well."""
    with TemporaryDirectory(prefix="sluice-") as folder:  # short, for the sake of the sockets in it
        host = Host(Path(folder), kafka.bootstrap)
        containers = Containers(host)
        assert "public key" in await containers.run("keys")
        async with containers.running("embedder"):
            pass  # what the library brings is embedded in other tests, and often enough
        async with AsyncExitStack() as stack:
            for name in ("standin", "processor", "results", "retriever", "generator", "page", "envoy"):
                await stack.enter_async_context(containers.running(name))
            assert "the corpus is in" in await containers.run("library")
            await _asks(host)


async def _asks(host: Host) -> None:
    """As a client that the demo's issuer has given a token."""
    url = host.text("http://envoy:8080")
    token = Keys.open(Path(host.text("/signing"))).signing.mint(tier="free", sub="alice")
    async with Client(url, token=token) as client:
        query_id = await client.ask("Who built the first pound lock?")
        events = [event async for event in client.events(query_id)]
        page = await client.request("GET", "/demo/walkthrough.json")

    assert events[-1].name == "done"
    assert page.status == 200


def test_the_mapping_changes_places_alone() -> None:
    """Every word of a command that names no place is passed on as it is."""
    host = Host(Path("/tmp/here"), "127.0.0.1:1")
    words = [word for service in document(BASE)["services"].values() for word in service.get("command", ())]
    changed = {word for word in words if isinstance(word, str) and host.text(word) != word}

    assert changed == {"/sluice", "9200", "9220", "http://envoy:8080"}
