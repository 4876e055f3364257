"""One child process: ready, watched, stopped with all that it started."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local.errors import ChildDied, ChildNotReady, ToolMissing
from local.kafka.ports import free_port
from local.process import Child, Command
from local.readiness import Readiness, at_once, by_port

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])
print(child.pid, flush=True)
time.sleep(600)
"""
POLITE = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('up', flush=True); time.sleep(600)"

Make = Callable[..., Child]


@pytest.fixture
def deaths() -> list[ChildDied]:
    """What was reported to have died."""
    return []


@pytest.fixture
def make(tmp_path: Path, deaths: list[ChildDied]) -> Make:
    """Makes a child that runs some Python."""

    def child(code: str, *, ready: Readiness = at_once, start_seconds: float = 20, stop_seconds: float = 10) -> Child:
        command = Command(
            name="worker",
            args=(sys.executable, "-c", code),
            environ={"PATH": os.environ["PATH"], "GREETING": "hello"},
            cwd=tmp_path,
            ready=ready,
            start_seconds=start_seconds,
            stop_seconds=stop_seconds,
        )
        return Child(command, log=tmp_path / "logs" / "worker.log", on_death=deaths.append)

    return child


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a log file or another's process has no event to wait on
            await asyncio.sleep(0.01)


def says(child: Child, word: str) -> Callable[[], bool]:
    return lambda: child.log.exists() and word in child.log.read_text()


async def test_start_returns_once_it_is_ready(make: Make) -> None:
    """A child that opens its port late is waited for."""
    port = free_port()
    child = make(
        f"import socket, time; time.sleep(.2); s = socket.create_server(('127.0.0.1', {port})); {SLEEP}",
        ready=by_port(port),
    )
    await child.start()
    try:
        assert await by_port(port)() == ""
        assert child.pid is not None
    finally:
        await child.stop()
    assert child.pid is None


async def test_it_has_the_environment_and_folder_it_was_given(make: Make, tmp_path: Path) -> None:
    """Nothing of ours leaks into a child that was not handed to it."""
    child = make(f"import os; print(sorted(os.environ), os.getcwd(), flush=True); {SLEEP}")
    await child.start()
    await until(says(child, str(tmp_path)))
    await child.stop()

    assert "GREETING" in child.log.read_text()
    assert "HOME" not in child.log.read_text()


async def test_sigterm_comes_first(make: Make) -> None:
    """A child that obeys is not killed: it ends with its own status."""
    child = make(POLITE)
    await child.start()
    await until(says(child, "up"))
    process = child._process
    await child.stop()

    assert process is not None
    assert process.returncode == 0


async def test_what_is_deaf_to_sigterm_is_killed(make: Make) -> None:
    """The deadline ends in SIGKILL."""
    child = make(STUBBORN, stop_seconds=0.2)
    await child.start()
    await until(says(child, "deaf"))
    process = child._process
    await child.stop()

    assert process is not None
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_descendants_end_with_it(make: Make, way: str) -> None:
    """What a child started does not stay behind, whichever way it goes."""
    child = make(PARENT)
    await child.start()
    await until(says(child, "\n"))
    grandchild = int(child.log.read_text())
    await getattr(child, way)()

    await until(lambda: gone(grandchild))


async def test_a_paused_child_can_be_stopped(make: Make) -> None:
    """A frozen process is woken to hear SIGTERM."""
    child = make(POLITE)
    await child.start()
    await until(says(child, "up"))
    child.pause()
    process = child._process
    await child.stop()

    assert process is not None
    assert process.returncode == 0


async def test_a_death_that_nobody_wanted_is_reported(make: Make, deaths: list[ChildDied]) -> None:
    """Someone else's kill -9 is told with the signal and where to look."""
    child = make(f"print('working', flush=True); {SLEEP}")
    await child.start()
    await until(says(child, "working"))
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: deaths)

    assert str(deaths[0]) == f"the worker was killed by signal 9; its log is {child.log}"


async def test_a_wanted_end_is_not_reported(make: Make, deaths: list[ChildDied]) -> None:
    """Stop, kill and start again are no deaths."""
    child = make(SLEEP)
    await child.start()
    await child.kill()
    await child.start()
    await child.stop()

    assert deaths == []


async def test_a_child_that_dies_at_start_tells_why(make: Make, deaths: list[ChildDied]) -> None:
    """The error has the status and the last words; the log has the rest."""
    child = make("import sys; print('first', flush=True); sys.exit('the port is taken')", ready=by_port(free_port()))
    with pytest.raises(ChildDied, match="the worker ended with status 1: the port is taken; its log is") as caught:
        await child.start()

    assert caught.value.tail == "first\nthe port is taken"
    assert deaths == []


async def test_a_child_that_is_never_ready_is_killed(make: Make) -> None:
    """The error says what was missing, and nothing is left running."""
    child = make(SLEEP, ready=by_port(free_port()), start_seconds=0.3)
    with pytest.raises(ChildNotReady, match=r"the worker is not ready after 0\.3 s: it does not answer yet"):
        await child.start()

    assert child.pid is None


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """No traceback of a failed exec, but what is not there."""
    command = Command(name="envoy", args=("/nowhere/envoy",), environ={}, cwd=tmp_path)
    child = Child(command, log=tmp_path / "envoy.log", on_death=lambda _: None)
    with pytest.raises(ToolMissing, match="cannot start envoy: there is no program /nowhere/envoy"):
        await child.start()
    await child.stop()


async def test_cancelling_a_start_leaves_nothing(make: Make) -> None:
    """Ctrl-C while a child is starting ends that child."""
    child = make(SLEEP, ready=by_port(free_port()))
    starting = asyncio.create_task(child.start())
    await until(lambda: child.pid)
    pid = child.pid
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting

    assert pid is not None
    assert gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_it_never_outlives_its_parent(tmp_path: Path) -> None:
    """A supervisor that is killed with -9 leaves no child behind."""
    code = f"""
import asyncio, sys
from pathlib import Path
from local.process import Child, Command

async def main():
    command = Command(name="w", args=(sys.executable, "-c", {SLEEP!r}), environ={{}}, cwd=Path("."))
    child = Child(command, log=Path({str(tmp_path)!r}) / "w.log", on_death=print)
    await child.start()
    print(child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 20))
    parent.kill()
    await parent.wait()

    await until(lambda: gone(pid))


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
