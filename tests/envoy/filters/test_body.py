"""The cap on bodies: exact, whoever states the length or does not."""

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.envoy import CAP, Edge

pytestmark = pytest.mark.envoy
BIG = 300_000


async def _pieces(size: int, piece: int) -> AsyncIterator[bytes]:
    for start in range(0, size, piece):
        yield b"x" * min(piece, size - start)


@pytest.mark.parametrize(("path", "cap"), [("/chunks", CAP), ("/small", 10), ("/big", BIG)])
@pytest.mark.parametrize("piece", [0, 7, 100_000])
async def test_the_cap_is_exact(edge: Edge, path: str, cap: int, piece: int) -> None:
    """A body as long as the cap is processed, and one byte more is 413; stated or chunked, in small pieces or one."""
    step = max(piece, cap // 50) if piece == 7 else piece
    for size, status in ((cap, 202), (cap + 1, 413)):
        content = _pieces(size, step) if step else b"x" * size
        answer, seen = await edge.ask(path, content=content)
        assert answer.status_code == status
        assert (seen and seen.body) == (b"x" * size if status == 202 else None)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/too-large")


@pytest.mark.parametrize(
    "options",
    [[], ["-H", "Expect:"], ["-H", "Expect:", "-H", "transfer-encoding: chunked"]],
    ids=["expect", "length", "chunked"],
)
async def test_curl_can_read_why_its_upload_was_cut(edge: Edge, tmp_path: Path, options: list[str]) -> None:
    """8 MB are refused while they are still being sent, and the answer arrives."""
    (tmp_path / "body").write_bytes(b"x" * 8_000_000)
    (tmp_path / "headers").write_text(f"authorization: {edge.bearer()['authorization']}")
    command = [
        "curl",
        "-sS",
        "-m",
        "10",
        "-w",
        "%{http_code}",
        "-H",
        f"@{tmp_path}/headers",
        "-H",
        "content-type: text/plain",
    ]
    command += [*options, "--data-binary", f"@{tmp_path}/body", f"{edge.base}/chunks"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=20, check=True)
    assert done.stdout.endswith(b"413")
    assert b"too-large" in done.stdout


async def test_a_body_that_nobody_asked_for_is_capped_too(edge: Edge) -> None:
    """Where the processor does not want the body, a stated length is still compared."""
    answer, seen = await edge.ask("/results/abc", method="GET", content=b"x" * (CAP + 1))
    assert (answer.status_code, seen) == (413, None)


async def test_a_slow_upload_holds_no_processor(edge: Edge) -> None:
    """The processor is asked once the whole body is here, so its time limit is for itself alone."""
    mark, rest = uuid.uuid4().hex, asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x"
        # The request is under way: a second one that comes after it is answered while it waits.
        _, other = await edge.ask("/chunks", json={})
        assert other is not None
        assert mark not in edge.processor.seen
        rest.set()
        yield b"y"

    answer, _ = await edge.ask("/chunks", content=slowly(), headers={"x-test": mark})
    seen = edge.processor.seen.get(mark)
    assert rest.is_set()
    assert answer.status_code == 202
    assert seen is not None
    assert seen.body == b"xy"
