"""A whole Sluice on this machine: Kafka, Envoy and every process of ours, for the demo, the tests and the bench."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from local import front, logfile
from local.commands import ENVOY, ROOT, STAND_IN, commands
from local.errors import ChildDied, ChildFailed
from local.home import occupied, spelled
from local.kafka.broker import KafkaBroker
from local.keys import BROUGHT, Keys
from local.ports import PUBLIC, Ports
from local.process import Child
from local.tokens import Issuer
from runtime.settings.gateway import Gateway
from runtime.settings.load import load

KAFKA = "kafka"
LOOK_SECONDS = 0.5

Notice = Callable[[str], None]


class System:
    """Everything, running while the context is open.

    Its data, keys and logs are in `home` and stay there: a system that is started again in the same folder goes on with
    the same topics, index and keys. Parts can be stopped, killed and started again by name.

    Attributes:
        keys: Mints tokens that this system believes: `system.keys.signing.mint(tier="free", sub="alice")`.
            They are those of the configuration's first issuer.
        kafka: The broker, which can be stopped, killed and paused too.
        gateway: The configuration in force.
    """

    keys: Keys
    gateway: Gateway

    def __init__(
        self,
        home: Path,
        *,
        environ: Mapping[str, str] | None = None,
        ports: Ports | None = None,
        config: Path | None = None,
        notice: Notice | None = None,
        busy: Notice | None = None,
        idle: Collection[str] = (),
        page: bool = False,
    ) -> None:
        """Starts nothing yet.

        Args:
            home: The data folder; made where it is missing.
            environ: Set for every process, over this one's own environment: `{"SLUICE_PROCESSORS": "2"}`.
                `SLUICE_GENERATORS` and its like say how many workers of a stage there are.
            ports: Where the parts listen; any free ports by default.
            config: gateway.yaml of this repository by default.
            notice: Told, in a few words, what is up.
            busy: Told what is going on, often, and also from another thread.
            idle: Processes that are not started with the others, but can be by name.
            page: Whether the demo's page is served, where the configuration has a place for it.
        """
        self.home = home.absolute()
        self.ports = ports or Ports.free()
        self._given = {**os.environ, **(environ or {})}
        self._config = config or ROOT / "gateway.yaml"
        self._notice = notice or (lambda _: None)
        self.kafka = KafkaBroker(self.home / KAFKA, self.ports["SLUICE_KAFKA_PORT"], notice=busy)
        self._children: dict[str, Child] = {}
        self._idle = frozenset(idle)
        self._page = page
        self._deaths: asyncio.Queue[ChildDied] = asyncio.Queue()  # bounded by the number of children
        self._held = ExitStack()

    @property
    def public_url(self) -> str:
        """Where clients connect."""
        return front.url(self.gateway.edge.listener, port=self.ports[PUBLIC])

    @property
    def certificate(self) -> Path | None:
        """What clients are to trust; `None` where there is no TLS."""
        return front.trusted(self.gateway.edge.listener)

    @property
    def kafka_bootstrap(self) -> str:
        """The address of the broker."""
        return self.kafka.bootstrap

    @property
    def stand_in_url(self) -> str | None:
        """The stand-in model server's address; `None` where a real provider is used."""
        return f"http://127.0.0.1:{self.ports['SLUICE_STANDIN_PORT']}" if STAND_IN in self._children else None

    @property
    def names(self) -> tuple[str, ...]:
        """Every process of ours: `envoy`, `processor-0`, `results-0`, `embedder`, `retriever`, `generator`, `generator-1`, ..."""
        return tuple(self._children)

    def child(self, name: str) -> Child:
        """The process of that name."""
        return self._children[name]

    def pid(self, name: str) -> int | None:
        """Its process id while it runs; `kafka` has one too."""
        return self.kafka.pid if name == KAFKA else self.child(name).pid

    def log(self, name: str) -> Path:
        """Where it logs."""
        return self.kafka.log if name == KAFKA else self.child(name).log

    def management_url(self, name: str) -> str:
        """Where a process answers /readyz and /metrics."""
        kind, _, number = name.partition("-")
        return f"http://127.0.0.1:{getattr(self.gateway.management, kind) + int(number or 0)}"

    async def start(self, name: str) -> None:
        """Starts a stopped process, and returns once it is ready."""
        await self.child(name).start()

    async def stop(self, name: str) -> None:
        """Stops a process in order."""
        await self.child(name).stop()

    async def kill(self, name: str) -> None:
        """Ends a process as `kill -9` does."""
        await self.child(name).kill()

    async def restart(self, name: str) -> None:
        """Stops and starts a process, and returns once it is ready again."""
        await self.stop(name)
        await self.start(name)

    async def death(self) -> ChildFailed:
        """Waits until a process ends although nobody stopped it, and says which."""
        while self.kafka.pid is not None:
            try:
                return await asyncio.wait_for(self._deaths.get(), LOOK_SECONDS)
            except TimeoutError:
                continue
        log = self.kafka.log
        what = f"has ended: {logfile.last_words(log)}"
        return ChildFailed(name=KAFKA, what=what, log=log, tail=logfile.tail(log))

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        home = spelled(self.home, root=ROOT)
        self._held.enter_context(occupied(self.home))
        self.keys = Keys.open(self.home, brought=self._given.get(BROUGHT))
        environ = self._environ(home)
        self.gateway = load(self._config, environ=environ)
        self.keys = self.keys.speaking_for(Issuer.of(self.gateway.identity.issuers[0]))
        self.keys.publish(self.home)
        front.certify(self.gateway.edge.listener, home=self.home)
        stand_in = environ.get("ANTHROPIC_BASE_URL") == self._stand_in_address()
        for command in commands(self.gateway, environ=environ, ports=self.ports, stand_in=stand_in):
            log = self.home / "logs" / f"{command.name}.log"
            logfile.put_aside(log)
            self._children[command.name] = Child(command, log=log, on_death=self._deaths.put_nowait)
        await self._start_all()

    async def _start_all(self) -> None:
        # Nobody needs an order: the processes wait for Kafka and for one another, and say so on /readyz.
        begun = {name: child for name, child in self._children.items() if name not in self._idle}
        starts = {KAFKA: self.kafka.start(), **{name: child.start() for name, child in begun.items()}}
        await _together(self._told(name, start) for name, start in starts.items())

    async def _told(self, name: str, start: Awaitable[None]) -> None:
        await start
        self._notice(f"{name} is ready")

    async def _stop(self) -> None:
        # Envoy first, so that clients are told; Kafka last, so that whoever drains can still write.
        others = [child for name, child in self._children.items() if name != ENVOY]
        try:
            if ENVOY in self._children:
                await self.stop(ENVOY)
            await asyncio.gather(*(child.stop() for child in others))
            await self.kafka.stop()
        finally:
            self._held.close()

    def _environ(self, home: str) -> dict[str, str]:
        environ = {**self._given, **self.ports.environ(), **self._secrets()}
        environ |= {
            "SLUICE_HOME": home,
            "SLUICE_CONFIG": str(self._config),
            "KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "PYTHONUNBUFFERED": "1",
        }
        if self._page:
            environ["SLUICE_PAGE"] = f"127.0.0.1:{self.ports['SLUICE_PAGE_PORT']}"
        if not environ.get("ANTHROPIC_API_KEY") and not environ.get("ANTHROPIC_BASE_URL"):
            environ["ANTHROPIC_BASE_URL"] = self._stand_in_address()
        return environ

    def _secrets(self) -> dict[str, str]:
        return {name: self._given.get(name) or value for name, value in self.keys.secrets.items()}

    def _stand_in_address(self) -> str:
        return f"http://127.0.0.1:{self.ports['SLUICE_STANDIN_PORT']}"


async def _together(work: Iterable[Awaitable[None]]) -> None:
    """Waits for all; the first failure cancels the others and is raised as itself."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
