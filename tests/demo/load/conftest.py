"""A gateway that takes uploads: it answers each line while it reads, and goes wrong where a test wants it to."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from demo.client import Client
from demo.load.files import Source
from demo.load.journal import Journal
from demo.load.loader import Loader
from demo.load.manuscript import Chunk
from demo.load.progress import Lines
from runtime.settings.workers import RetrySettings
from workers.retry import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Goes:
    """How an upload goes.

    Attributes:
        status: The answer to the whole of it, where that is not 200; with it `headers`.
        headers: Of that answer.
        cut_after: The connection breaks after so many receipts.
        ends_after: The answer ends after so many receipts, with `last` as its last line, where there is one.
        stalls_after: Nothing more is read or said after so many receipts, until the client leaves.
        last: Where and why it ended.
        refuses: Texts that are not taken.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    ends_after: int | None = None
    last: Any = None
    stalls_after: int | None = None
    refuses: frozenset[str] = frozenset()


@dataclass(slots=True)
class Gateway:
    """The server; the last of `script` serves for all that follow."""

    url: str
    script: list[Goes] = field(default_factory=lambda: [Goes()])
    requests: list[web.Request] = field(default_factory=list)
    uploads: list[list[dict[str, Any]]] = field(default_factory=list)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def taken(self) -> list[str]:
        """The keys of all that was answered with 202, in order."""
        return [key_of(chunk) for upload in self.uploads for chunk in upload]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one upload."""
        goes = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        if goes.status != 200:
            return web.json_response({"title": "no", "detail": "not now"}, status=goes.status, headers=goes.headers)
        return await self._take(request, goes)

    async def _take(self, request: web.Request, goes: Goes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/x-ndjson"})
        await response.prepare(request)
        taken: list[dict[str, Any]] = []
        self.uploads.append(taken)
        line = 0
        while line not in {goes.cut_after, goes.ends_after} and (body := await request.content.readline()):
            line += 1
            await response.write(self._receipt(line, orjson.loads(body), goes, taken))
            if line == goes.stalls_after:
                self.stalled.set()
                await asyncio.Event().wait()
        if line == goes.cut_after and request.transport:
            request.transport.close()
        elif goes.last is not None and line == goes.ends_after:
            await response.write(orjson.dumps(goes.last) + b"\n")
        return response

    def _receipt(self, line: int, chunk: dict[str, Any], goes: Goes, taken: list[dict[str, Any]]) -> bytes:
        if chunk["text"] in goes.refuses:
            errors = [{"pointer": "#/text", "detail": "is not wanted"}]
            return orjson.dumps({"line": line, "status": 400, "errors": errors}) + b"\n"
        taken.append(chunk)
        return orjson.dumps({"line": line, "status": 202, "topic": "t", "partition": 0, "offset": line}) + b"\n"


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """The server."""
    server = Gateway(url="")
    app = web.Application(client_max_size=2**30)
    app.router.add_post("/chunks", server.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@dataclass(slots=True)
class Desk:
    """A loader with a journal in a folder, which waits for nothing and says what it would have waited for."""

    gateway: Gateway
    journal: Path
    waits: list[float] = field(default_factory=list)
    attempts: int = 4

    async def load(self, chunks: AsyncIterator[Chunk], *, journal: Journal) -> Loader:
        """A loader that has loaded these."""
        loader = self.loader(journal)
        await loader.load(chunks)
        return loader

    def loader(self, journal: Journal) -> Loader:
        """A loader."""

        async def rest(seconds: float) -> None:
            self.waits.append(seconds)
            await asyncio.sleep(0)

        settings = RetrySettings(attempts=self.attempts, first=1.0, longest=8.0)
        return Loader(
            self.client,
            journal=journal,
            progress=Lines(1, out=io.StringIO()),
            backoff=Backoff(settings, draw=lambda: 1.0),
            sleep=rest,
        )

    def client(self) -> Client:
        """What each upload is made with."""
        return Client(self.gateway.url, token="t")


@pytest.fixture
def desk(gateway: Gateway, tmp_path: Path) -> Desk:
    """A desk at the server."""
    return Desk(gateway=gateway, journal=tmp_path / "journal.jsonl")


def chunk(number: int, *, doc_id: str = "doc", of: int = 10, text: str = "") -> Chunk:
    """A chunk as a file would give it."""
    source = Source(file=Path(f"{doc_id}.md"), doc_id=doc_id, size=of)
    line = orjson.dumps({"doc_id": doc_id, "chunk_index": number, "text": text or f"text {number}"}) + b"\n"
    return Chunk(source=source, number=number, line=line, share=1, is_last=number + 1 == of)


async def stream(*chunks: Chunk, heard: Callable[[Chunk], None] = lambda _: None) -> AsyncIterator[Chunk]:
    """These, one by one."""
    for one in chunks:
        heard(one)
        yield one


def key_of(chunk: dict[str, Any]) -> str:
    """The chunk's record key."""
    return f"{chunk['doc_id']}#{chunk['chunk_index']}"
