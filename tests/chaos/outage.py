"""The broker is away under load, and nobody restarts anything."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import psutil

from local.system import System
from tests.chaos.report import Report
from tests.chaos.run import Settings, run

GROWTH = 96 * 1024 * 1024  # bytes that a process may grow by while Kafka is away
CALM = 4.0  # seconds of load before, and between looks at memory during the outage
MIB = 1024 * 1024


@dataclass(slots=True)
class Memory:
    """The resident bytes of every process, by name, from first to most.

    Attributes:
        pids: Who had which process id at the first look; nobody else has it at the last.
    """

    system: System
    pids: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        """At every process, which must still be the same one."""
        for name in self.system.names:
            pid = self.system.pid(name)
            if pid is None or self.pids.setdefault(name, pid) != pid:
                continue
            size = psutil.Process(pid).memory_info().rss
            self.first.setdefault(name, size)
            self.most[name] = max(self.most.get(name, 0), size)

    @property
    def growth(self) -> Mapping[str, int]:
        """In bytes."""
        return {name: self.most[name] - size for name, size in self.first.items()}

    def violations(self) -> Sequence[str]:
        """Who grew past the bound, or is not the process that it was."""
        gone = [name for name, pid in self.pids.items() if self.system.pid(name) != pid]
        grown = [f"{name} grew by {size // MIB} MiB" for name, size in self.growth.items() if size > GROWTH]
        return [*(f"memory: {what}" for what in grown), *(f"restart: {name} is another process" for name in gone)]


async def outage(system: System, settings: Settings, *, seconds: float) -> Report:
    """Load, no broker for so long, and load again; the account, and that memory is bounded and nobody had to be restarted."""
    memory = Memory(system)

    async def harm() -> None:
        await asyncio.sleep(CALM)
        memory.look()
        await system.kafka.kill()
        async with asyncio.timeout(seconds + 60):
            await _watched(memory, seconds)
        await system.kafka.start()
        await asyncio.sleep(CALM)
        memory.look()

    report = await run(system, replace(settings, rounds=()), harm)
    memory.look()
    grown = ", ".join(f"{name} {size / MIB:+.0f}" for name, size in sorted(memory.growth.items()))
    return replace(
        report,
        figures={**report.figures, f"MiB grown over an outage of {seconds:g} s": grown},
        violations=[*report.violations, *memory.violations()],
    )


async def _watched(memory: Memory, seconds: float) -> None:
    for _ in range(max(1, round(seconds / CALM))):
        await asyncio.sleep(min(CALM, seconds))
        memory.look()
