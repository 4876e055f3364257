"""A small client of Sluice, as anyone might write one. The only importer of aiohttp's client."""

import asyncio
import io
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from demo.errors import Refused, StreamLost, Unreachable
from demo.sse import ServerEvent, SseParser
from schemas.events import TERMINAL

RETRY_SECONDS = 2.0
MOST_FAILURES = 10

_READ_SECONDS = 60.0  # a silent stream is pinged every 15
_REQUEST_SECONDS = 30.0
_TAKEN = {202, 204}
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer as it came. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object in the body; empty where there is none."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return document if isinstance(document, dict) else {}

    def refused(self) -> Refused:
        """The answer as an error."""
        wait = self.headers.get("retry-after", "")
        return Refused(status=self.status, problem=self.document(), retry_after=float(wait) if wait.isdigit() else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of an answer; `id` says where the stream is to be taken up."""

    name: str
    id: str
    data: dict[str, Any]


class Client:
    """Posts chunks and questions, and follows answers, with one token. An async context manager.

    `certificate` is a file with what is trusted at the other end, where that speaks TLS and nobody vouches for it.
    """

    def __init__(self, url: str, *, token: str, certificate: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._certificate = certificate
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._trust())
        self._session = aiohttp.ClientSession(timeout=_patience(), auto_decompress=False, connector=connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        wait: float = 0,
    ) -> Answer:
        """Any request, with the token unless `headers` has another; every status is an answer.

        An answer that the server was asked to hold back may take so many seconds longer.

        Raises:
            Unreachable: Nothing answered.
        """
        sent = {**self._headers, **(headers or {})}
        sent_body = None if body is None else io.BytesIO(body)  # aiohttp warns of large bytes
        url = path if path.startswith("http") else self.url + path
        try:
            async with (
                asyncio.timeout(_REQUEST_SECONDS + wait),
                self._open().request(method, url, data=sent_body, headers=sent, timeout=_patience(wait)) as response,
            ):
                return await _answer(response)
        except _BROKEN as error:
            raise Unreachable(url=self.url) from error

    async def post(self, path: str, document: Any, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Posts a document as JSON.

        Raises:
            Unreachable: Nothing answered.
        """
        sent = {"content-type": "application/json", **(headers or {})}
        return await self.request("POST", path, body=orjson.dumps(document), headers=sent)

    async def publish(self, chunk: Mapping[str, Any]) -> dict[str, Any]:
        """Posts a chunk and returns its receipt.

        Raises:
            Unreachable: Nothing answered.
            Refused: It was not taken.
        """
        return await self.told("/chunks", chunk)

    async def ask(self, question: str, **more: Any) -> str:
        """Posts a question, with whatever else the body is to have, and returns its id.

        Raises:
            Unreachable: Nothing answered.
            Refused: It was not taken.
        """
        return str((await self.told("/queries", {"question": question, **more}))["query_id"])

    async def upload(self, path: str, body: AsyncIterable[bytes], *, kind: str) -> AsyncGenerator[bytes, None]:
        """Posts what `body` gives, and yields the answer as it comes, while more is sent.

        Raises:
            Unreachable: Nothing answered, or no more.
            Refused: Nothing of it is taken, whatever was sent of it.
        """
        headers = {**self._headers, "content-type": kind}
        try:
            async with self._open().post(self.url + path, data=body, headers=headers) as response:
                if response.status != 200:
                    raise (await _answer(response)).refused()
                async for piece in response.content.iter_any():
                    yield piece
        except _BROKEN as error:
            raise Unreachable(url=self.url) from error

    async def cancel(self, query_id: str) -> None:
        """Asks for an answer to be broken off; its stream ends in `cancelled`, unless it has ended already.

        Raises:
            Unreachable: Nothing answered.
            Refused: There is no such query for this caller.
        """
        answer = await self.request("DELETE", f"/queries/{query_id}")
        if answer.status != 202:
            raise answer.refused()

    async def status(self, query_id: str, *, wait: int | None = None, etag: str = "") -> Answer:
        """How far the answer is: 200 with the state or the result, or 304 where it is what `etag` is of.

        With `wait`, the answer is held back for so many seconds, until there is a result or something new.

        Raises:
            Unreachable: Nothing answered.
            Refused: There is no such answer for this caller.
        """
        named = {"prefer": "" if wait is None else f"wait={wait}", "if-none-match": etag}
        headers = {name: value for name, value in named.items() if value}
        answer = await self.request("GET", f"/queries/{query_id}", headers=headers, wait=wait or 0)
        if answer.status not in {200, 304}:
            raise answer.refused()
        return answer

    async def events(self, query_id: str, *, last_event_id: str = "") -> AsyncGenerator[Event, None]:
        """Follows an answer to its end, from the start or from after an event.

        A broken stream is taken up where it broke; no event comes twice.

        Raises:
            Refused: There is no such answer for this caller.
            StreamLost: It broke too often, without an event between.
        """
        parser, failures = SseParser(last_id=last_event_id), 0
        while failures < MOST_FAILURES:
            try:
                async with aclosing(self._stream(query_id, parser)) as stream:
                    async for event in stream:
                        failures = 0
                        yield _parsed(event)
                        if event.name in TERMINAL:
                            return
                failures += 1
            except _Finished:
                return
            except _BROKEN:
                failures += 1
            wait = RETRY_SECONDS if parser.retry is None else parser.retry
            parser = SseParser(last_id=parser.last_id, retry=wait)  # what was half received is void
            await asyncio.sleep(wait)
        raise StreamLost(query_id=query_id, attempts=failures)

    @asynccontextmanager
    async def listening(self, path: str) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """A stream as a browser opens it, with the token in its address; open once the context is.

        Where it breaks it ends: only its events say where it could be taken up.

        Raises:
            Unreachable: Nothing answered.
            Refused: There is no such stream for this caller.
        """
        headers = {"accept": "text/event-stream"}
        try:
            response = await self._open().get(self.url + path, params={"access_token": self._token}, headers=headers)
        except _BROKEN as error:
            raise Unreachable(url=self.url) from error
        async with response:
            if response.status != 200:
                raise (await _answer(response)).refused()
            yield _events(response, SseParser())

    async def told(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Posts a document that is taken, and returns what was said to it; empty where nothing was.

        Raises:
            Unreachable: Nothing answered.
            Refused: It was not taken.
        """
        answer = await self.post(path, document)
        if answer.status not in _TAKEN:
            raise answer.refused()
        return answer.document()

    def _trust(self) -> ssl.SSLContext | bool:
        if self._certificate is None:
            return True
        try:
            return ssl.create_default_context(cafile=str(self._certificate))
        except OSError as error:  # where it never ran, nobody has made one
            raise Unreachable(url=self.url) from error

    async def _stream(self, query_id: str, parser: SseParser) -> AsyncGenerator[ServerEvent, None]:
        headers = {**self._headers, "accept": "text/event-stream"}
        if parser.last_id:
            headers["last-event-id"] = parser.last_id
        async with self._open().get(f"{self.url}/results/{query_id}", headers=headers) as response:
            if response.status == 204:
                raise _Finished
            if response.status in {502, 503, 504}:
                return
            if response.status != 200:
                raise (await _answer(response)).refused()
            async for event in _events(response, parser):
                yield event

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            msg = "the client is not entered: use `async with Client(...)`"
            raise RuntimeError(msg)
        return self._session


class _Finished(Exception):
    """The last event was the last."""


async def _events(response: aiohttp.ClientResponse, parser: SseParser) -> AsyncGenerator[ServerEvent, None]:
    async for piece in response.content.iter_any():
        for event in parser.feed(piece):
            yield event


def _patience(wait: float = 0) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=_READ_SECONDS + wait)


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=headers, body=await response.read())


def _parsed(event: ServerEvent) -> Event:
    data = orjson.loads(event.data)
    return Event(name=event.name, id=event.id, data=data if isinstance(data, dict) else {"data": data})
