"""A million streams through a server in a process of its own; its memory is printed at every tenth of them."""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import uvloop

from tests.ext_proc.transport.million.client import Client

FLAT = 8
"""MiB by which a server may be larger at the end than at the second tenth."""

MIB = 1024 * 1024


class Measured:
    """Counts the streams that ended, and looks at the server at every tenth."""

    def __init__(self, server: psutil.Process, streams: int) -> None:
        self._server = server
        self._streams = streams
        self._ended = 0
        self._cpu = self._spent()
        self.sizes: list[float] = []
        self.done = asyncio.Event()

    def ended(self, count: int) -> None:
        """So many more."""
        self._ended += count
        while self._ended >= self._streams * (len(self.sizes) + 1) // 10 and not self.done.is_set():
            self._look()

    def _look(self) -> None:
        self.sizes.append(self._server.memory_info().rss / MIB)
        cost = (self._spent() - self._cpu) / self._ended * 1e6
        _say(f"{self._ended:>10,} streams  {self.sizes[-1]:7.1f} MiB  {cost:5.1f} us of CPU a stream")
        if len(self.sizes) == 10:
            self.done.set()

    def _spent(self) -> float:
        times = self._server.cpu_times()
        return times.user + times.system


def main() -> None:
    """Status 1 where the server grew, or gave a connection up."""
    parser = argparse.ArgumentParser(prog="python -m tests.ext_proc.transport.million", description=__doc__)
    parser.add_argument("--transport", default="native")
    parser.add_argument("--streams", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument(
        "--at-once", type=int, default=1000, help="streams that each connection has open, besides those that stay"
    )
    sys.exit(uvloop.run(_run(parser.parse_args())))


async def _run(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="m-") as folder:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.ext_proc.transport.serve", options.transport, folder),
            stdout=asyncio.subprocess.PIPE,
        )
        assert server.stdout is not None
        await server.stdout.readline()
        try:
            return await _flood(options, psutil.Process(server.pid), str(Path(folder) / "p.sock"))
        finally:
            server.terminate()
            await server.wait()


async def _flood(options: argparse.Namespace, server: psutil.Process, socket: str) -> int:
    at_rest = server.memory_info().rss / MIB
    _say(f"{options.transport}: {at_rest:.1f} MiB at rest; {options.connections} connections")
    measured = Measured(server, options.streams)
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_unix_connection(lambda: Client(at_once=options.at_once, ended=measured.ended), socket))[1]
        for _ in range(options.connections)
    ]
    waiting = loop.create_task(measured.done.wait())
    ends: list[asyncio.Future[Any]] = [waiting, *(client.gone for client in clients)]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for client in clients:
        client.finish()
    kinds = sum((client.kinds for client in clients), Counter[str]())
    _say(", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()))
    if not measured.done.is_set():
        _say(f"a connection was given up: {[client.sent_away for client in clients]}")
        return 1
    grown = measured.sizes[-1] - measured.sizes[1]
    _say(f"grown by {grown:.1f} MiB since the second tenth")
    return int(grown > FLAT)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
