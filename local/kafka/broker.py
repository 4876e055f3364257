"""A real Apache Kafka of one node, as a child process."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, Process
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from local.kafka.archive import archived
from local.kafka.errors import BrokerFailed, PortTaken
from local.kafka.jars import Notice, default_cache, fetch_jars
from local.kafka.java import Java
from local.kafka.ports import free_port, is_free
from local.kafka.probe import answers
from local.kafka.progress import OneLine
from local.kafka.properties import properties, render

CLUSTER = "c2x1aWNlLWxvY2FsLTAwMQ"  # 16 bytes in URL-safe Base64; a folder holds one cluster, so one name serves
START_SECONDS = 60.0
STOP_SECONDS = 15.0
LEAVE_SECONDS = 120.0  # to write an archive
TAIL_LINES = 15


class KafkaBroker:
    """A broker on the loopback interface that keeps its data, configuration and log in `folder`.

    An async context manager: entered, it answers; left, it is stopped. In between it may be stopped, killed, paused and
    started again, on the same port and data. It never outlives this process.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        notice: Notice | None = None,
        java: Java | None = None,
        leaving: Path | None = None,
    ) -> None:
        """Starts nothing yet.

        Args:
            folder: Made where it is missing.
            port: Where it listens; any free port by default.
            notice: Told what is fetched and made for the first time; the terminal by default.
            java: How it is run; by default from jars that are fetched once, with their archive.
            leaving: Where it leaves an archive when it is stopped.
        """
        self.folder = folder
        self.port = port or free_port()
        self._controller_port = free_port()
        self.log = folder / "kafka.log"
        self._notice = notice
        self._process: Process | None = None
        self._java = java
        self._leaving = leaving

    @property
    def bootstrap(self) -> str:
        """The address for clients, `host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts the broker and returns once it answers.

        Raises:
            JarsUnavailable: Kafka could not be fetched.
            PortTaken: Something else listens on the port.
            BrokerFailed: It died, or did not answer within a minute.
        """
        if not is_free(self.port):
            raise PortTaken(port=self.port)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._java is None:
            self._java = await asyncio.to_thread(self._prepare)
        java = self._java
        config = self._configure()
        if not (self._data / "meta.properties").exists():
            await self._format(java, config)
        self._process = await self._run(java.command("kafka.Kafka", str(config), leaving=self._leaving))
        await self._wait_until_it_answers(self._process)

    async def stop(self) -> None:
        """Stops the broker in order; one that does not end in time is killed."""
        if self.pid is None:
            return
        self.resume()
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._ended(), LEAVE_SECONDS if self._leaving else STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Ends the broker as `kill -9` does."""
        self._signal(signal.SIGKILL)
        await self._ended()

    async def restart(self) -> None:
        """Stops it if it runs, and starts it on the same port and data."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Freezes the process: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        self._signal(signal.SIGCONT)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _prepare(self) -> Java:
        line, cache = OneLine(), default_cache()
        notice = self._notice or line
        try:
            java = Java(jars=fetch_jars(cache=cache, notice=notice))
            rehearse = partial(_rehearse, java)
            return archived(java, cache=cache.parent, notice=notice, rehearse=rehearse)
        finally:
            line.done()

    def _configure(self) -> Path:
        path = self.folder / "server.properties"
        values = properties(data=self._data, port=self.port, controller_port=self._controller_port)
        path.write_text(render(values))
        return path

    async def _format(self, java: Java, config: Path) -> None:
        # Kept as the process in hand, so that a start that is given up ends this one too.
        command = java.command("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(config))
        process = self._process = await self._run(command)
        if await process.wait() != 0:
            raise self._failure("could not format its storage")

    async def _run(self, command: list[str]) -> Process:
        with self.log.open("ab") as log:
            # A session of its own, so that Ctrl-C reaches this process alone and the order of stopping stays ours.
            return await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    async def _wait_until_it_answers(self, process: Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await answers(self.port):
                    if process.returncode is not None:
                        raise self._failure(f"ended with status {process.returncode}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            await self.kill()
            raise self._failure(f"did not answer within {START_SECONDS:.0f} s") from None

    def _failure(self, what: str) -> BrokerFailed:
        lines = self.log.read_text(errors="replace").splitlines()
        said = [line for line in lines if not line.startswith("\tat ")]  # frames of Java stack traces hide the reason
        return BrokerFailed(what=what, log=self.log, tail="\n".join(said[-TAIL_LINES:]))

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def _ended(self) -> None:
        if self._process:
            await self._process.wait()


def _rehearse(java: Java, folder: Path, leaving: Path) -> None:
    asyncio.run(_start_and_stop(KafkaBroker(folder, java=java, leaving=leaving)))


async def _start_and_stop(broker: KafkaBroker) -> None:
    async with broker:
        pass
