"""`python -m envoy`."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from envoy.__main__ import main, supervise
from envoy.errors import EnvoyFailed
from tests.fixtures.envoy import Keys, gateway_of

pytestmark = pytest.mark.envoy
Written = Callable[[], Path]


@pytest.fixture
def written(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> Written:
    """Writes a gateway.yaml that uses free ports, in a folder of its own."""

    def write() -> Path:
        folder = short_folder()
        gateway = gateway_of(folder, issuer_keys)
        document = gateway.model_dump(mode="json", exclude_defaults=True)
        document["keys"] = {"ids": "k" * 32, "records": "k" * 32}
        file = folder / "gateway.yaml"
        file.write_text(yaml.safe_dump(document))
        return file

    return write


async def _run(file: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "envoy", "run", str(file), stdout=PIPE, stderr=PIPE, start_new_session=True
    )


async def _child(process: Process) -> int:
    """The pid of Envoy, once it serves."""
    async with asyncio.timeout(20):
        while True:
            for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():  # noqa: ASYNC240 - memory, not a disk
                if "--admin-address-path" in Path(f"/proc/{pid}/cmdline").read_text():  # noqa: ASYNC240 - as above
                    return int(pid)
            await asyncio.sleep(0.05)  # the process tells nobody that it has a child


def test_render_prints_the_bootstrap(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """`render` writes JSON and nothing else."""
    assert main(["render", str(written())]) == 0
    assert set(json.loads(capsys.readouterr().out)) >= {"admin", "static_resources", "overload_manager"}


def test_validate_asks_envoy(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """`validate` says that all is well."""
    file = written()
    assert main(["validate", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: Envoy accepts it\n"


def test_a_wrong_file_is_2(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad configuration is named on standard error, with status 2."""
    file = written()
    (file.parent / "main.json").unlink()
    assert main(["validate", str(file)]) == 2
    assert "identity.issuers.0.jwks.file" in capsys.readouterr().err


def test_a_missing_binary_is_1(
    written: Written, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Envoy the error is one line, with status 1."""
    monkeypatch.setenv("ENVOY_BIN", "/nowhere")
    assert main(["validate", str(written())]) == 1
    assert capsys.readouterr().err.startswith("no Envoy to run: /nowhere")


async def test_run_stops_in_order(written: Written) -> None:
    """SIGTERM ends both processes, with status 0."""
    process = await _run(written())
    child = await _child(process)
    process.terminate()
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


async def test_run_ends_with_its_child(written: Written) -> None:
    """When Envoy dies the supervisor says so in one line and ends with status 1."""
    process = await _run(written())
    child = await _child(process)
    os.kill(child, signal.SIGKILL)
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert said.decode().splitlines()[-1].startswith("Envoy ended ")
    assert "Traceback" not in said.decode()


async def test_envoy_ends_with_its_supervisor(written: Written) -> None:
    """A supervisor killed with -9 leaves no Envoy behind."""
    process = await _run(written())
    child = os.pidfd_open(await _child(process))
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(child, gone.set)
    process.kill()
    try:
        await asyncio.wait_for(gone.wait(), 10)
    finally:
        asyncio.get_running_loop().remove_reader(child)
        os.close(child)
    await process.communicate()


async def test_supervision_ends_when_told(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """The event that says stop ends it without an error."""
    folder, stop = short_folder(), asyncio.Event()
    stop.set()
    await asyncio.wait_for(supervise(gateway_of(folder, issuer_keys), stop), 20)


async def test_supervision_fails_with_its_child(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that ends by itself is an error, whatever its status."""
    folder = short_folder()
    brief = folder / "brief"
    brief.write_text("#!/bin/sh\nexit 3\n")
    brief.chmod(0o700)
    monkeypatch.setenv("ENVOY_BIN", str(brief))
    with pytest.raises(EnvoyFailed, match="ended at once with status 3: see what it logged"):
        await supervise(gateway_of(folder, issuer_keys), asyncio.Event())
