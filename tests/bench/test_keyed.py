"""Keys are fresh, or the same again and then replayed."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bench.address import Address
from bench.body import posts
from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.keyed import keyed
from bench.plan import Plan
from local.tokens import SigningKey

PLAN = Plan(seconds=0.6, rate=400.0, connections=2)
REQUESTS = posts(SigningKey.generate(), at=Address(port=1))

_KEY = re.compile(rb'idempotency-key: "([^"]+)"')
_LENGTH = re.compile(rb"content-length: (\d+)")
_ANSWER = b"HTTP/1.1 202 Accepted\r\n%scontent-length: 2\r\n\r\nok"


@dataclass(slots=True)
class Server:
    """Takes chunks, and remembers keys where it is told to."""

    remembers: bool
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length, key = _LENGTH.search(head), _KEY.search(head)
                assert length
                assert key
                await reader.readexactly(int(length[1]))
                replayed = self.remembers and key[1] in self.seen
                self.seen.append(key[1])
                writer.write(_ANSWER % (b"Idempotent-Replayed: true\r\n" if replayed else b""))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def contender(server: Server, *, remembers: bool) -> AsyncIterator[Contender]:
    """The server, and what it is taken for."""
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        at = Address(port=listening.sockets[0].getsockname()[1])
        yield Contender(name="it", at=at, requests=REQUESTS, pids={}, keyed=True, remembers=remembers)


async def test_who_does_not_remember() -> None:
    """Fresh keys alone are sent, none of them twice."""
    server = Server(remembers=False)
    async with contender(server, remembers=False) as it:
        found = await keyed(it, PLAN)
    assert found.replayed is None
    assert 120 == len(found.fresh.latencies) == len(set(server.seen))


async def test_who_remembers() -> None:
    """Each document is sent once with a key of its own; then the same keys are sent again, and that is measured."""
    server = Server(remembers=True)
    async with contender(server, remembers=True) as it:
        found = await keyed(it, PLAN)
    assert found.replayed
    assert 120 == len(found.replayed.latencies)
    assert 120 + 200 == len(set(server.seen[:320])) == len(set(server.seen))


async def test_who_should_remember() -> None:
    """A second answer that is no replay is a figure of something else."""
    async with contender(Server(remembers=False), remembers=True) as it:
        with pytest.raises(Unmeasured, match="of 120 answers 0 were replayed"):
            await keyed(it, PLAN)
