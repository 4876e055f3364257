"""A client of the results server that shows every byte: HTTP/1.1 on a unix socket, and SSE as the standard reads it."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from ext_proc.results.reader.subscription import Subscription

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Sse:
    """An event as EventSource dispatches it."""

    name: str
    id: str
    data: str

    def json(self) -> Any:
        """The data, parsed."""
        return json.loads(self.data)


@dataclass(slots=True)
class Parser:
    """Interprets an event stream.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """

    rest: bytes = b""
    comments: int = 0
    retry: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    last_id: str = ""

    def feed(self, data: bytes) -> list[Sse]:
        """The events that are complete with `data`."""
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        return [event for line in lines if (event := self._line(line.decode()))]

    def _line(self, line: str) -> Sse | None:
        if line:
            self._field(line)
            return None
        got, self.fields = self.fields, {}
        if "id" in got:
            self.last_id = got["id"]
        return Sse(got.get("event", "message"), self.last_id, got["data"]) if got.get("data") else None

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            self.comments += 1
        elif name == "retry":
            self.retry = int(value)
        elif name == "data" and "data" in self.fields:
            self.fields["data"] += "\n" + value
        else:
            self.fields[name] = value


class Client:
    """One request and its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self.sse = Parser()
        self._events: list[Sse] = []

    @classmethod
    async def get(
        cls,
        socket: str,
        wants: Subscription | None,
        *,
        last: str | None = None,
        path: str = "/results/q",
        method: str = "GET",
        more: tuple[tuple[str, str], ...] = (),
        limit: int = 2**16,
    ) -> Self:
        """Sends the request and reads the head of the answer."""
        client = cls(*await asyncio.open_unix_connection(socket, limit=limit))
        headers = [("host", "results"), *(wants.headers() if wants else []), *more]
        if last is not None:
            headers.append(("last-event-id", last))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        client.writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        await asyncio.wait_for(client._head(), PATIENCE)
        return client

    async def _head(self) -> None:
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}

    async def chunk(self) -> bytes:
        """The next chunk of the body; empty at its end."""
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:size]

    async def next(self) -> Sse | None:
        """The next event; `None` at the end of the stream."""
        while not self._events:
            chunk = await asyncio.wait_for(self.chunk(), PATIENCE)
            if not chunk:
                return None
            self._events = self.sse.feed(chunk)
        return self._events.pop(0)

    async def take(self, count: int) -> list[Sse]:
        """So many events."""
        events: list[Sse] = []
        for _ in range(count):
            event = await self.next()
            assert event is not None, f"the stream ended after {len(events)} of {count} events"
            events.append(event)
        return events

    async def rest(self) -> list[Sse]:
        """All events until the stream ends."""
        events: list[Sse] = []
        while (event := await self.next()) is not None:
            events.append(event)
        return events

    async def place(self) -> str:
        """The id that comes next without an event."""
        seen = self.sse.last_id
        while self.sse.last_id == seen:
            self._events += self.sse.feed(await asyncio.wait_for(self.chunk(), PATIENCE))
        return self.sse.last_id

    async def lines(self) -> list[Any]:
        """All lines until the stream ends, parsed; an empty one is `None`."""
        text = b""
        while chunk := await asyncio.wait_for(self.chunk(), PATIENCE):
            text += chunk
        return [json.loads(line) if line else None for line in text.decode().removesuffix("\n").split("\n")]

    async def comment(self) -> None:
        """Returns when there is one more comment."""
        seen = self.sse.comments
        while self.sse.comments == seen:
            self._events += self.sse.feed(await asyncio.wait_for(self.chunk(), PATIENCE))

    async def nothing_more(self) -> None:
        """Returns when everything that is there for this reader was written, and none of it is an event."""
        await self.comment()  # which may come before what was just found
        await self.comment()
        assert not self._events

    async def body(self) -> Any:
        """The whole JSON body of an answer that is not a stream."""
        return json.loads(await self._reader.readexactly(int(self.headers["content-length"])))

    async def close(self) -> None:
        """Goes away."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
