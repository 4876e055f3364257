"""A browser, as far as streams go: it sends no header of its own, keeps cookies, and reads Server-Sent Events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Self

import httpx
import orjson

from demo.sse import ServerEvent, SseParser


class Page:
    """An open stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.parser = SseParser()
        self._pieces = answer.aiter_raw()
        self._events: list[ServerEvent] = []

    async def next(self) -> ServerEvent | None:
        """The next event; `None` at the end of the stream."""
        while not self._events:
            piece = await anext(self._pieces, None)
            if piece is None:
                return None
            self._events = self.parser.feed(piece)
        return self._events.pop(0)

    async def rest(self) -> list[ServerEvent]:
        """All events until the stream ends."""
        events: list[ServerEvent] = []
        while event := await self.next():
            events.append(event)
        return events

    async def until(self, name: str) -> ServerEvent:
        """The next event of that name."""
        while event := await self.next():
            if event.name == name:
                return event
        msg = f"the stream ended without {name}"
        raise AssertionError(msg)


class Browser:
    """One profile, with the cookies of its own. An async context manager."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    @property
    def cookies(self) -> list[str]:
        """The values of what it keeps."""
        return [cookie.value or "" for cookie in self._client.cookies.jar]

    def open(self, url: str, *, last_id: str = "") -> AbstractAsyncContextManager[Page]:
        """Opens a stream, as `EventSource` does; any status is an answer."""
        return self._open(url, {"last-event-id": last_id} if last_id else {})

    @asynccontextmanager
    async def _open(self, url: str, headers: dict[str, str]) -> AsyncIterator[Page]:
        async with self._client.stream("GET", url, headers=headers) as answer:
            yield Page(answer)

    async def status(self, url: str, *, last_id: str = "") -> int:
        """Opens a stream, and leaves it at once."""
        async with self.open(url, last_id=last_id) as page:
            return page.answer.status_code

    async def patient(self, url: str) -> int:
        """As `status`, but comes back while it is told to."""
        async with asyncio.timeout(30):
            while (status := await self.status(url)) == 503:  # noqa: ASYNC110 - the server says to wait
                await asyncio.sleep(0.2)
        return status

    async def ask(self, token: str, question: str = "What is a weir?", **more: str) -> dict[str, str]:
        """A page's script asks with `fetch`, and a token; the answer has the URLs."""
        answer = await self._client.post(
            "/queries", json={"question": question, **more}, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 202, answer.text
        return dict(orjson.loads(answer.content))

    async def renew(self, query_id: str, token: str) -> httpx.Response:
        """A page's script shows a fresh token with `fetch`."""
        return await self._client.post(f"/results/{query_id}/auth", headers={"authorization": f"Bearer {token}"})
