"""Gateways like the system's own on the same broker, which differ in their transport and in their Kafka client."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from bench.children import child_pid, kept
from bench.config import write
from local.commands import ENVOY
from local.commands import commands as commands_of
from local.ports import PUBLIC, Ports
from local.process import Command
from local.system import System
from runtime.settings.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Variant:
    """What a gateway carries its requests by: Envoy's to the processor, and the processor's to Kafka."""

    transport: str
    client: str

    def __str__(self) -> str:
        """As the table names it."""
        return f"{self.transport}, {self.client}"

    @classmethod
    def spelled(cls, text: str) -> Self:
        """The variant that `native+librdkafka` names.

        Raises:
            ValueError: It names none.
        """
        transport, _, client = text.partition("+")
        return cls(transport, client)

    @classmethod
    def of(cls, gateway: Gateway) -> Self:
        """What gateway.yaml says."""
        return cls(gateway.processor.transport, gateway.kafka.clients.gateway)

    @property
    def changes(self) -> Mapping[str, str]:
        """By which gateway.yaml says so."""
        return {"processor.transport": self.transport, "kafka.clients.gateway": self.client}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningGateway:
    """Where it listens, and its processes by the names that the system's own have."""

    port: int
    pids: Mapping[str, int]


@asynccontextmanager
async def gateway(
    system: System, variant: Variant, *, parts: Collection[str], renamed: Mapping[str, str] | None = None
) -> AsyncIterator[RunningGateway]:
    """Those parts of a gateway of that kind, running while the context is open; `envoy` is always one of them.

    Args:
        system: Whose broker, keys and other configuration it has.
        variant: In what it differs.
        parts: What is started.
        renamed: Topics that it has for itself.

    Raises:
        Unmeasured: gateway.yaml cannot be changed so.
        LocalError: It does not start.
    """
    ports = Ports.free()
    commands = _commands(system, variant, ports=ports, renamed=renamed or {})
    made = [command for command in commands if command.name in {ENVOY, *parts}]
    async with AsyncExitStack() as stack:
        pids = {}
        for command in made:
            named = replace(command, name=f"{_slug(variant)}-{command.name}")
            child = await stack.enter_async_context(kept(named, home=system.home))
            pids[command.name] = child_pid(child, named.name)
        yield RunningGateway(port=ports[PUBLIC], pids=pids)


def _commands(system: System, variant: Variant, *, ports: Ports, renamed: Mapping[str, str]) -> tuple[Command, ...]:
    """All that the system has, on other ports and sockets; it is Kafka, keys and topics that are shared."""
    like = dict(system.child(ENVOY).command.environ)
    config = system.home / f"{_slug(variant)}.yaml"
    environ = {**like, **ports.environ(), "SLUICE_KAFKA_PORT": like["SLUICE_KAFKA_PORT"], "SLUICE_CONFIG": str(config)}
    run = f"{system.gateway.run}/{_short(variant)}"  # short: the path of a unix socket has hardly a hundred bytes
    changes = {**variant.changes, "run": run}
    declared = write(Path(like["SLUICE_CONFIG"]), config, changes, renamed=renamed, environ=environ)
    return commands_of(declared, environ=environ, ports=ports, stand_in=False)


def _slug(variant: Variant) -> str:
    return f"{variant.transport}-{variant.client}"


def _short(variant: Variant) -> str:
    return f"{variant.transport[0]}{variant.client[0]}"
