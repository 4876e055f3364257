"""Processes beside those of the system, and who they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.errors import Unmeasured
from local.commands import ROOT
from local.process import Child, Command
from local.readiness import by_port
from local.system import System

LIKE = "processor-0"
"""Whose environment a process of the bench has."""


@asynccontextmanager
async def python_child(system: System, module: str, *options: str, port: int) -> AsyncIterator[Child]:
    """`python -m module options`, in the environment of the processor, running while the context is open."""
    like = system.child(LIKE).command
    args = (like.args[0], "-m", module, *options)
    command = Command(name=module, args=args, environ=like.environ, cwd=ROOT, ready=by_port(port))
    async with kept(command, home=system.home) as child:
        yield child


@asynccontextmanager
async def kept(command: Command, *, home: Path) -> AsyncIterator[Child]:
    """A process beside those of the system in `home`, running while the context is open."""
    child = Child(command, log=home / "logs" / f"{command.name}.log", on_death=_died)
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


def child_pid(child: Child, what: str) -> int:
    """The process id of a child.

    Raises:
        Unmeasured: It has ended.
    """
    if child.pid is None:
        raise Unmeasured(what=what, reason=f"it has ended; {child.log} says why")
    return child.pid


def running(system: System, name: str) -> int:
    """The process id of a part of the system.

    Raises:
        Unmeasured: It has ended.
    """
    pid = system.pid(name)
    if pid is None:
        raise Unmeasured(what=name, reason="it has ended")
    return pid


def _died(_: object) -> None:
    """The next slice hears of it: its requests are lost."""
