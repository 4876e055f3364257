"""Uploads without sockets: a body in pieces goes in, receipts come out."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ext_proc.bulk.ending import Ending
from ext_proc.bulk.intake import Means
from ext_proc.bulk.lines import Lines
from ext_proc.bulk.opened import Opened
from ext_proc.bulk.room import Places
from ext_proc.bulk.upload import Upload
from ext_proc.exchange import Exchange, Identity
from ext_proc.reply import Reply
from tests.fixtures.processor import Processor

PATIENCE = 10.0


def chunk(number: int, *, doc: str = "d", text: str = "t", **more: Any) -> bytes:
    """A chunk that a free caller may write."""
    return orjson.dumps({"doc_id": doc, "chunk_index": number, "text": text, "visibility": "public", **more})


def body(*lines: bytes) -> bytes:
    """Lines as they are sent."""
    return b"".join(line + b"\n" for line in lines)


@dataclass(slots=True)
class Pieces:
    """A body that comes in pieces; `held` makes it wait behind the last one, and `broken` breaks it off there."""

    pieces: list[bytes]
    held: asyncio.Event | None = None
    broken: bool = False
    taken: int = 0

    async def read(self) -> bytes:
        """As `Source`."""
        await asyncio.sleep(0)
        if not self.pieces and self.held is not None:
            await self.held.wait()
        if self.pieces:
            self.taken += 1
            return self.pieces.pop(0)
        if self.broken:
            raise ConnectionResetError
        return b""


@dataclass(slots=True)
class Told:
    """What a client was told; while `open` is not set it takes nothing."""

    data: bytes = b""
    open: asyncio.Event | None = None
    gone: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, data: bytes) -> None:
        """As `Sink`."""
        if self.gone:
            raise ConnectionResetError
        if self.open is not None:
            await self.open.wait()
        self.data += data
        self.news.set()

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """Every line, parsed."""
        return [orjson.loads(line) for line in self.data.splitlines()]

    async def lines(self, count: int) -> None:
        """Returns once so many receipts are here."""
        async with asyncio.timeout(PATIENCE):
            while len(self.receipts) < count:
                self.news.clear()
                await self.news.wait()


def lines_of(processor: Processor, route: str = "chunks") -> Lines:
    """The way of a route with many records."""
    match = processor.router.find("POST", f"/{route}")
    assert match is not None
    assert match.chain.many is not None
    return match.chain.many.lines


def request(
    *, headers: Mapping[str, str] | None = None, tier: str = "free", sub: str = "alice", unique: int = 7
) -> Exchange:
    """An upload that was admitted."""
    identity = Identity(subject=sub, tier=tier, scopes=frozenset({"proxy:publish"}), expires=None)
    return Exchange(
        route="chunks",
        method="POST",
        path="/chunks",
        query="",
        params={},
        headers={"content-type": "application/x-ndjson", **(headers or {})},
        claims={},
        unique=unique.to_bytes(24, "big"),
        received_at=1_800_000_000_000,
        trace_id="0" * 31 + "1",
        upload=True,
        identity=identity,
    )


def upload_of(processor: Processor, exchange: Exchange, opened: Opened | None = None, *, places: int = 100) -> Upload:
    """An upload that has not begun."""
    means = Means(lines=lines_of(processor), producer=processor.producer, places=Places(places))
    return Upload(exchange, means, past=opened.past if opened else None, marks=opened.marks if opened else None)


async def sent(
    processor: Processor, pieces: Iterable[bytes], *, exchange: Exchange | None = None
) -> tuple[Sequence[dict[str, Any]], Ending | None]:
    """A whole upload without a key: its receipts, and how it ended."""
    told = Told()
    async with asyncio.timeout(PATIENCE):
        over = await upload_of(processor, exchange or request()).run(Pieces(list(pieces)), told)
    return told.receipts, over


async def keyed(
    processor: Processor,
    source: Pieces,
    *,
    key: str = "k",
    unique: int = 7,
    told: Told | None = None,
    every: int | None = None,
) -> tuple[list[dict[str, Any]], Ending | Reply | None]:
    """An upload under a key; `every` says how many lines a mark covers. In place of an ending, what refused it."""
    exchange = request(headers={"idempotency-key": key}, unique=unique)
    lines, told = lines_of(processor), told or Told()
    assert lines.whole is not None
    async with asyncio.timeout(PATIENCE):
        opened = await lines.whole.over(exchange, every=every or lines.settings.mark)
        if isinstance(opened, Reply):
            return [], opened
        over = await upload_of(processor, exchange, opened).run(source, told)
    return told.receipts, over
