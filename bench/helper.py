"""A process that helps to measure, so that what it costs is not on the account of what is measured.

Both sides speak in lines of JSON: a job in, `"ready"` out, `"go"` in, the result out. Between `ready` and `go` the bench
reads the clocks of its contenders. Jobs hold tokens, so they travel by standard input and never on a command line.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import asdict, is_dataclass
from types import TracebackType
from typing import Any, Self

import orjson

from bench.errors import HelperFailed
from local.commands import ROOT

_MOST = 64 * 1024 * 1024


class Helper:
    """Runs `python -m module` with a job; an async context manager, entered once the helper is ready."""

    def __init__(self, module: str, job: Any) -> None:
        """Starts nothing yet; `job` is a dataclass of what JSON can hold."""
        self._module = module
        self._job = asdict(job)
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=_MOST
        )
        try:
            self._say(self._job)
            await self._hear()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def go(self, word: Any = "go") -> Any:
        """Says go, or whatever else the helper waits for, and returns the result.

        Raises:
            HelperFailed: It ended without one.
        """
        self._say(word)
        return await self._hear()

    def _say(self, what: Any) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.write(orjson.dumps(what) + b"\n")

    async def _hear(self) -> Any:
        line = await self._process.stdout.readline() if self._process and self._process.stdout else b""
        if not line:
            raise HelperFailed(module=self._module)
        return orjson.loads(line)

    async def _end(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
        if self._process:
            await self._process.communicate()


async def hear() -> Any:
    """In the helper: what the bench says next. Where the bench has gone, the helper goes too."""
    line = await asyncio.to_thread(sys.stdin.buffer.readline)
    if not line:
        sys.exit(1)
    return orjson.loads(line)


def say(what: Any) -> None:
    """In the helper: tells the bench."""
    value = asdict(what) if is_dataclass(what) and not isinstance(what, type) else what
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
    sys.stdout.buffer.flush()
