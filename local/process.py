"""A child process: started until it is ready, watched, and stopped with everything that it started itself."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local import logfile
from local.errors import ChildDied, ChildNotReady, ToolMissing
from local.readiness import Readiness, at_once
from runtime.leash import leashed

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a process is run.

    Attributes:
        name: How we speak of it, and the name of its log.
        args: The program and its arguments.
        environ: The whole environment.
        ready: Asked until it says that nothing is missing.
        start_seconds: How long that may take.
        stop_seconds: From SIGTERM to SIGKILL.
    """

    name: str
    args: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    cwd: Path
    ready: Readiness = at_once
    start_seconds: float = 60.0
    stop_seconds: float = 15.0


class Child:
    """One process of a `Command`, which may be started again after it was stopped or killed.

    It leads a session and process group of its own: Ctrl-C in the terminal does not reach it, and what it starts can be
    ended with it. It never outlives this process, not even where this one is killed.
    """

    def __init__(self, command: Command, *, log: Path, on_death: Callable[[ChildDied], None]) -> None:
        """Starts nothing yet. `on_death` is called when the process ends once it was ready and nobody stopped it."""
        self.command = command
        self.log = log
        self._on_death = on_death
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._wanted = False

    @property
    def name(self) -> str:
        """How we speak of it."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Starts the process and returns once it is ready.

        Raises:
            ToolMissing: There is no such program.
            ChildDied: It ended instead; what it said last is in the message.
            ChildNotReady: It is still not ready at its deadline, and was killed.
        """
        process = self._process = await self._spawn()
        try:
            await self._until_ready(process)
        except BaseException:
            await self.kill()
            raise
        self._wanted = True
        self._watch = asyncio.create_task(self._watching(process), name=f"watch {self.name}")

    async def stop(self) -> None:
        """Asks the process to end with SIGTERM; what has not ended in time is killed, with all its descendants."""
        self._wanted = False
        self.resume()
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended(), self.command.stop_seconds)
        await self.kill()

    async def kill(self) -> None:
        """Ends the process and its descendants as `kill -9` does."""
        self._wanted = False
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended()

    def pause(self) -> None:
        """Freezes the process: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        self._signal(signal.SIGCONT)

    async def _spawn(self) -> Process:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        program = self.command.args[0]
        if shutil.which(program) is None:
            raise ToolMissing(tool=self.name, reason=f"there is no program {program}")
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *leashed(*self.command.args),
                cwd=self.command.cwd,
                env=self.command.environ,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _until_ready(self, process: Process) -> None:
        missing = ""
        try:
            async with asyncio.timeout(self.command.start_seconds):
                while True:
                    missing = await self.command.ready()
                    if process.returncode is not None:
                        raise self._death(process.returncode)
                    if not missing:
                        return
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            seconds = self.command.start_seconds
            tail = logfile.tail(self.log)
            raise ChildNotReady(name=self.name, missing=missing, seconds=seconds, log=self.log, tail=tail) from None

    async def _watching(self, process: Process) -> None:
        status = await process.wait()
        if self._wanted:
            self._on_death(self._death(status))

    def _death(self, status: int) -> ChildDied:
        said, tail = logfile.last_words(self.log), logfile.tail(self.log)
        return ChildDied(name=self.name, status=status, said=said, log=self.log, tail=tail)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def _ended(self) -> None:
        if self._process:
            await self._process.wait()
        if self._watch:
            await self._watch
