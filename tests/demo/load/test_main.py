"""The command, whole: against a server that goes wrong, killed and started again, and used wrongly."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import orjson
import pytest

from tests.demo.load.conftest import Gateway, Goes


async def start(*args: str, home: Path) -> Process:
    environ = {**os.environ, "SLUICE_HOME": str(home)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.load", *args, env=environ, stdout=PIPE, stderr=PIPE
    )


async def run(*args: str, home: Path) -> tuple[int | None, str, str]:
    """Status, output and errors."""
    process = await start(*args, home=home)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with two documents of some chunks."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text(
        "# A\n\n" + "\n\n".join(f"Paragraph {number} {'of locks ' * 70}" for number in range(20))
    )
    (folder / "b.txt").write_text("bad")
    return folder


async def test_it_loads_once_and_goes_on_after_a_cut(docs: Path, gateway: Gateway, tmp_path: Path) -> None:
    """Each chunk is taken once, and the second time there is nothing to send."""
    gateway.script = [Goes(cut_after=5), Goes()]
    home = tmp_path / "home"
    status, out, err = await run(str(docs), "--url", gateway.url, home=home)

    assert (status, out) == (0, "")
    assert "goes on in" in err
    assert f"sluice: {len(gateway.taken)} chunks accepted, 0 refused; " in err
    assert len(gateway.taken) == len(set(gateway.taken))
    status, _, err = await run(str(docs), "--url", gateway.url, home=home)
    assert status == 0
    assert "sluice: 0 chunks accepted, 0 refused; " in err
    assert len(gateway.requests) == 2


async def test_what_is_refused_is_named_and_is_the_status(docs: Path, gateway: Gateway, tmp_path: Path) -> None:
    """With the file, the chunk and the reason; it is tried again with the next run."""
    gateway.script = [Goes(refuses=frozenset({"bad"})), Goes()]
    status, _, err = await run(str(docs), "--url", gateway.url, home=tmp_path / "home")

    assert status == 1
    assert err.endswith(f"sluice: refused: {docs / 'b.txt'}, chunk 0: refused with 400: #/text is not wanted\n")
    status, _, err = await run(str(docs), "--url", gateway.url, home=tmp_path / "home")
    assert status == 0
    assert "sluice: 1 chunks accepted, 0 refused" in err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_it_goes_on_after_a_kill(docs: Path, gateway: Gateway, tmp_path: Path, how: signal.Signals) -> None:
    """What was in is not sent again but for the last moment, and everything is in at last."""
    args = (str(docs), "--url", gateway.url, "--token", "t")
    gateway.script = [Goes(stalls_after=12), Goes()]
    process = await start(*args, home=tmp_path / "home")
    async with asyncio.timeout(60):
        await gateway.stalled.wait()
        await journalled(tmp_path / "home")
        process.send_signal(how)
        _, err = await process.communicate()
    status, _, _ = await run(*args, home=tmp_path / "home")

    assert status == 0
    assert len(set(gateway.taken)) == len(await everything(docs, tmp_path / "home"))
    assert len(gateway.taken) - len(set(gateway.taken)) <= 12
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert b"stopped; the same command goes on from here" in err
        assert len(gateway.taken) == len(set(gateway.taken))


async def test_a_dry_run_shows_what_would_be_sent(docs: Path, gateway: Gateway, tmp_path: Path) -> None:
    """As lines of JSON, which may go into any other client; nothing is sent, and nothing is kept."""
    args = ("--dry-run", "--visibility", "public", "--doc-id-prefix", "w/", "--url", gateway.url)
    status, out, err = await run(str(docs), *args, home=tmp_path / "home")
    documents = [orjson.loads(line) for line in out.splitlines()]

    assert (status, gateway.requests) == (0, [])
    assert {document["doc_id"] for document in documents} == {"w/a.md", "w/b.txt"}
    assert {document["visibility"] for document in documents} == {"public"}
    assert err == f"sluice: {len(documents)} chunks of 2 files would be sent to {gateway.url}\n"
    assert not (tmp_path / "home" / "load").exists()


async def test_wrong_use_is_one_line(docs: Path, tmp_path: Path) -> None:
    """On standard error, with status 1, before anything is sent."""
    (docs / "c.md").write_bytes(b"\x00\x01")
    missing = str(docs / "gone.md")

    assert await run(missing, home=tmp_path) == (1, "", f"sluice: {missing} is not there\n")
    status, out, err = await run(str(docs), home=tmp_path)
    assert (status, out) == (1, "")
    assert err == f"sluice: {docs / 'c.md'} is not text: it holds NUL bytes\n"


async def test_a_gateway_that_takes_nothing_is_one_line(docs: Path, gateway: Gateway, tmp_path: Path) -> None:
    """After what came of it."""
    gateway.script = [Goes(status=403)]
    status, _, err = await run(str(docs), "--url", gateway.url, "--token", "t", home=tmp_path)

    assert status == 1
    assert err.splitlines()[-1] == "sluice: refused with 403: not now"


async def everything(docs: Path, home: Path) -> list[str]:
    """All chunks of the folder."""
    _, out, _ = await run(str(docs), "--dry-run", home=home)
    return out.splitlines()


async def journalled(home: Path) -> None:
    """Returns when something is written down."""
    while not any(file.stat().st_size for file in (home / "load").glob("*.jsonl")):  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.01)
