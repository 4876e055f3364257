"""What a client says, written down on its way to a server: the seeds of fuzzing are made of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.ext_proc.transport.fuzz.program import TRAFFIC
from tests.ext_proc.transport.pump import pumped_to

Recording = list[bytearray]


@asynccontextmanager
async def recorded(socket: str, behind: str) -> AsyncIterator[Recording]:
    """A socket in front of another; the bytes of each connection's client, in the order of their begin."""
    recording: Recording = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = bytearray()
        recording.append(said)
        await pumped_to(behind, reader, writer, heard=said.extend)

    server = await asyncio.start_unix_server(accept, socket)
    async with server:
        yield recording


def seed(said: bytes, *, longest: int = 4000) -> bytes:
    """The program of that traffic."""
    return bytes((TRAFFIC,)) + said[:longest]
