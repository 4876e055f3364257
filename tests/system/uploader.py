"""A client that reads receipts while it sends: HTTP/1.1, byte by byte, so that a test sees what a socket sees."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from local.system import System

PIECE = 64 * 1024  # bytes of a chunk of the body


def chunks(count: int, *, start: int = 0, text: str = "t", doc: str = "bulk") -> Iterable[bytes]:
    """Lines, each a chunk that a free caller may write."""
    for number in range(start, start + count):
        record = {"doc_id": f"{doc}-{number // 100}", "chunk_index": number % 100, "text": text, "visibility": "public"}
        yield orjson.dumps(record) + b"\n"


@dataclass(slots=True)
class Upload:
    """One upload in progress.

    Attributes:
        status: Of the answer, once it has begun.
        receipts: What has come of it.
        sent: How many lines were sent.
        early: How many receipts had come before the last line was sent.
        cut: The answer did not come to its end.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    receipts: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0
    early: int = 0
    cut: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last(self) -> dict[str, Any]:
        """The last line of the answer."""
        return self.receipts[-1]

    async def send(self, lines: Iterable[bytes], *, end: bool = True) -> None:
        """Sends as fast as the other side reads; a connection that goes away ends it."""
        with suppress(ConnectionError):
            gathered, size = list[bytes](), 0
            for line in lines:
                gathered.append(line)
                size += len(line)
                if size >= PIECE:
                    await self._piece(gathered)
                    gathered, size = [], 0
            await self._piece(gathered)
            self.early = len(self.receipts)
            if end:
                self.writer.write(b"0\r\n\r\n")
                await self.writer.drain()

    async def read(self) -> None:
        """Takes the whole answer."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            self.status = int(head.split()[1])
            if b"transfer-encoding: chunked" in head.lower():
                await self._receipts()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.cut = True
        self.over.set()
        self.news.set()

    async def has(self, count: int) -> None:
        """Returns once so many receipts are here, or none will come."""
        while len(self.receipts) < count and not self.over.is_set():
            self.news.clear()
            await self.news.wait()

    async def _receipts(self) -> None:
        rest = b""
        while size := int(await self.reader.readline() or b"!", 16):
            *lines, rest = (rest + (await self.reader.readexactly(size + 2))[:-2]).split(b"\n")
            self.receipts += map(orjson.loads, lines)
            self.news.set()

    async def _piece(self, lines: list[bytes]) -> None:
        if lines:
            data = b"".join(lines)
            self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await self.writer.drain()
            self.sent += len(lines)


@asynccontextmanager
async def uploading(system: System, *, headers: Mapping[str, str] | None = None) -> AsyncIterator[Upload]:
    """An upload whose headers are sent, and whose receipts are read."""
    place = urlsplit(system.public_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    named = {
        "host": "sluice",
        "authorization": f"Bearer {system.keys.signing.mint(sub='alice', tier='free')}",
        "content-type": "application/x-ndjson",
        "transfer-encoding": "chunked",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    writer.write(f"POST /chunks HTTP/1.1\r\n{head}\r\n".encode())
    upload = Upload(reader, writer)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(upload.read())
        try:
            yield upload
        finally:
            reading.cancel()
            writer.close()


async def whole(system: System, lines: Iterable[bytes], *, headers: Mapping[str, str] | None = None) -> Upload:
    """An upload from its first line to the end of its answer."""
    async with uploading(system, headers=headers) as upload, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(upload.send(lines))
        await upload.over.wait()
        sending.cancel()
    return upload
