"""A TCP port in front of a unix socket, for tools that speak only TCP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

_CHUNK = 64 * 1024


@asynccontextmanager
async def pumped(socket: str) -> AsyncIterator[int]:
    """The port, on 127.0.0.1; each connection to it is one to the socket, and what ends the one ends the other."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError):
            await pumped_to(socket, reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def pumped_to(
    socket: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    heard: Callable[[bytes], object] = lambda _: None,
) -> None:
    """Carries one connection on to the socket, both ways, until it ends; `heard` is told what its client says."""
    inner_reader, inner_writer = await asyncio.open_unix_connection(socket)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_copy(reader, inner_writer, heard))
            both.create_task(_copy(inner_reader, writer, lambda _: None))
    finally:
        writer.close()
        inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[bytes], object]) -> None:
    with suppress(ConnectionError, RuntimeError):  # the other direction may have closed it
        while data := await reader.read(_CHUNK):
            heard(data)
            writer.write(data)
            await writer.drain()
    writer.close()
