"""`make demo` as its user sees it: started, looked at, asked from another terminal, and stopped with Ctrl-C."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from demo.questions import DEMO_QUESTION, FACTS, TIERS
from local.kafka.ports import free_port

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.envoy, pytest.mark.timeout(400)]

UP = "From another terminal"
SECONDS = 180


@dataclass(slots=True)
class Terminal:
    """A terminal in which the demo runs."""

    process: Process
    environ: dict[str, str]
    text: str = field(default="")

    async def until(self, words: str) -> str:
        """Everything that was printed up to the line with these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while words not in self.text:
                line = await self.process.stdout.readline()
                assert line, f"the demo ended:\n{self.text}"
                self.text += line.decode()
        return self.text

    async def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int | None, str]:
        """Sends the signal, and gives the status and what was printed since `until`."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> tuple[int | None, str]:
        """As `end`, for a demo that ends by itself."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SECONDS):
            rest = (await self.process.stdout.read()).decode()
            await self.process.wait()
        return self.process.returncode, rest

    def descendants(self) -> list[psutil.Process]:
        """Everything that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    async def run(self, *args: str) -> str:
        """What a command prints that is typed into another terminal."""
        other = await asyncio.create_subprocess_exec(*args, env=self.environ, stdout=PIPE, stderr=STDOUT)
        async with asyncio.timeout(SECONDS):
            out, _ = await other.communicate()
        return out.decode()


@asynccontextmanager
async def demo(home: Path, port: int, *, profile: str = "native") -> AsyncIterator[Terminal]:
    """A demo of its own."""
    environ = {**os.environ, "SLUICE_HOME": str(home), "PORT": str(port), "PROFILE": profile}
    environ.pop("ANTHROPIC_API_KEY", None)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", env=environ, stdout=PIPE, stderr=STDOUT, limit=1024 * 1024
    )
    try:
        yield Terminal(process=process, environ=environ)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_the_demo_from_start_to_ctrl_c(tmp_path: Path) -> None:
    """Three different answers, a second terminal, and Ctrl-C that leaves nothing."""
    async with demo(tmp_path, free_port()) as terminal:
        text = await terminal.until(UP)
        assert " of them new" in text
        each_has_its_own(text)

        asked = await terminal.run(sys.executable, "-m", "demo.ask", "--tier", "standard", FACTS[6].question)
        assert FACTS[6].words in asked
        await paste(terminal)

        status, rest = await stopped(terminal)
        assert (status, "sluice: stopping" in rest, "Traceback" in rest) == (0, True, False)


def each_has_its_own(text: str) -> None:
    """Every tier is answered from what it may see, and from nothing else."""
    answers = dict(zip(TIERS, text.partition("-- free\n")[2].split("\n-- "), strict=True))
    of_question = {fact.visibility: fact.words for fact in FACTS if fact.question == DEMO_QUESTION}

    assert of_question["public"] in answers["free"]
    assert of_question["internal"] in answers["standard"]
    assert of_question["confidential"] in answers["enterprise"]
    assert of_question["internal"] not in answers["free"]
    assert of_question["confidential"] not in answers["free"] + answers["standard"]


async def test_the_demo_speaks_as_zillas_does(tmp_path: Path) -> None:
    """The same library and the same answers over HTTPS, and what it says can be typed works; a dead process is the end of it."""
    async with demo(tmp_path, free_port(), profile="zilla") as terminal:
        text = await terminal.until(UP)
        each_has_its_own(text)
        await paste_zilla(terminal)

        asked = await terminal.run(sys.executable, "-m", "demo.ask", "--tier", "standard", FACTS[6].question)
        assert FACTS[6].words in asked

        descendants = terminal.descendants()
        os.kill(next(p.pid for p in descendants if "generator" in p.cmdline()), signal.SIGKILL)
        status, rest = await terminal.ended()

    assert status == 1
    assert re.search(r"^sluice: the generator was killed by signal 9; its log is .*generator\.log$", rest, re.MULTILINE)
    assert [process for process in descendants if not gone(process)] == []


async def paste_zilla(terminal: Terminal) -> None:
    """As `paste`; the stream's line stays open in a terminal of its own."""
    text = await terminal.until("  ls ")
    stream, post, bad, metrics = [line.strip() for line in text.splitlines() if line.startswith("  curl")]
    async with listening(terminal, stream) as lines:
        assert "HTTP/2 204" in await terminal.run("bash", "-c", post)
        data = await anext(line async for line in lines if line.startswith(b"data: "))
    assert b'"answer":' in data
    assert "HTTP/2 400" in await terminal.run("bash", "-c", bad)
    assert "gateway_requests_total{" in await terminal.run("bash", "-c", metrics)


@asynccontextmanager
async def listening(terminal: Terminal, line: str) -> AsyncIterator[asyncio.StreamReader]:
    """A line that runs on until it is stopped, after its first words have come."""
    other = await asyncio.create_subprocess_exec(
        "bash", "-c", line, env=terminal.environ, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    assert other.stdout is not None
    try:
        async with asyncio.timeout(SECONDS):
            assert (await other.stdout.readline()).startswith(b"retry: ")
            yield other.stdout
    finally:
        os.killpg(other.pid, signal.SIGTERM)
        await other.wait()


async def paste(terminal: Terminal) -> None:
    """Types what the demo says can be typed."""
    text = await terminal.until("  ls ")
    address = next(line.strip() for line in text.splitlines() if line.startswith("  http"))
    assert "HTTP/1.1 200" in await terminal.run("curl", "-sLI", address)
    lines = [line.strip() for line in text.splitlines() if line.startswith("  curl")]
    post, stream, ticketed, forbidden, metrics = [await terminal.run("bash", "-c", line) for line in lines]

    assert "HTTP/1.1 202" in post
    assert "event: done" in stream
    assert "event: done" in ticketed
    assert "HTTP/1.1 403" in forbidden
    assert '"required_tier"' in forbidden
    assert "gateway_requests_total{" in metrics


async def stopped(terminal: Terminal) -> tuple[int | None, str]:
    """Ctrl-C, and proof that nothing is left."""
    descendants = terminal.descendants()
    result = await terminal.end()

    assert len(descendants) >= 8
    assert [process for process in descendants if not gone(process)] == []
    return result


async def test_ctrl_c_while_starting_leaves_nothing(tmp_path: Path) -> None:
    """Impatience is no accident."""
    async with demo(tmp_path, free_port()) as terminal:
        await terminal.until("is ready")
        descendants = terminal.descendants()
        status, rest = await terminal.end(signal.SIGTERM)

    assert (status, "Traceback" in rest) == (0, False)
    assert [process for process in descendants if not gone(process)] == []
