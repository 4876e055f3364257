"""Takes uploads: HTTP on a unix socket, behind Envoy, in each processor. In the processor the only file that knows aiohttp.

An upload is flow-controlled to the end both ways: what the log or the client does not take yet is not read, so Envoy
stops reading too, and so does the client's socket.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from bus.errors import BusError
from bus.ports import Producer
from ext_proc.bulk import ending
from ext_proc.bulk.admission import Admission, NotAdmitted
from ext_proc.bulk.ending import Ending
from ext_proc.bulk.intake import Means
from ext_proc.bulk.lines import Lines
from ext_proc.bulk.media import NDJSON
from ext_proc.bulk.opened import Opened
from ext_proc.bulk.room import Places
from ext_proc.bulk.tally import COMPLETE
from ext_proc.bulk.upload import Upload
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange
from ext_proc.idempotency.key import REPLAYED_HEADER
from ext_proc.reply import Reply, problem
from ext_proc.results.problems import ELSEWHERE
from ext_proc.trace import trace_id
from runtime.clock import Clock
from runtime.tracing.context import context_of
from runtime.tracing.span import lasting
from runtime.tracing.tracer import Tracer
from runtime.work import AT_HAND

LONGEST = 64 * 1024  # bytes of a line or a header: more than Envoy lets through, so that no error here is aiohttp's own
BUFFER = 128 * 1024  # bytes of a body that may wait here
SILENCE = 5.0  # seconds after which the answer begins although there is no receipt yet: Envoy waits for 60
LINGER = (
    2.0  # seconds in which Envoy takes an answer to what was not read to its end: closing at once would take it back
)
FOREVER = 1e6  # seconds: no upload lasts as long, and a timer may not be longer by much

BROKEN = (ClientError, HttpProcessingError, web.RequestPayloadError, OSError)
"""All that aiohttp raises where a body breaks off."""

_log = logging.getLogger("sluice.bulk")


class BulkServer:
    """Takes the uploads that a processor has admitted. `lines` are those of each route that takes any."""

    def __init__(
        self,
        *,
        lines: Mapping[str, Lines],
        producer: Producer,
        clock: Clock,
        places: Places,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer
        self._lines = lines
        self._producer = producer
        self._clock = clock
        self._places = places
        self._open: set[Upload] = set()
        self._present = 0
        self._draining = False
        self._empty = asyncio.Event()

    @asynccontextmanager
    async def serving(self, *, socket: str, drain: float) -> AsyncIterator[None]:
        """Serves on a unix socket; leaving tells open uploads where to go on, and waits for them up to `drain` seconds."""
        Path(socket).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = web.Server(
            self._handle,
            access_log=None,
            tcp_keepalive=False,
            max_line_size=LONGEST,
            max_field_size=LONGEST,
            read_bufsize=BUFFER,
            lingering_time=LINGER,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.UnixSite(runner, socket)
            await site.start()
            yield
            await site.stop()
            await self._drain(drain)
        finally:
            await runner.cleanup()

    async def _drain(self, seconds: float) -> None:
        self._draining = True
        for upload in self._open:
            upload.stop(ending.DRAINING)
        if self._present:
            self._empty.clear()
            try:
                await asyncio.wait_for(self._empty.wait(), seconds)
            except TimeoutError:
                _log.warning("uploads were still open after the time to drain")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        trace = trace_id(request.headers)
        try:
            admission = Admission.parse(request.headers)
            lines = self._lines[admission.route]
        except (NotAdmitted, ValueError, KeyError):
            return _answer(
                problem(
                    403, "forbidden", "Uploads are sent through the gateway.", instance=request.path, trace_id=trace
                )
            )
        if self._draining or self._present >= lines.settings.uploads:
            cause = ending.DRAINING if self._draining else ending.BUSY
            return _answer(cause.reply(instance=request.path, trace_id=trace), (ELSEWHERE, "1"))
        exchange = admission.exchange(_headers(request))
        AT_HAND.set(exchange)
        with self._served(), self._spanned(exchange):
            try:
                opened = await _opened(exchange, lines)
            except BusError as error:
                opened = reply_for(error, exchange)
            if isinstance(opened, Reply):
                lines.tally.ended(opened.reason)
                return _answer(opened)
            with lines.tally.upload():
                return await self._take(request, exchange, lines, opened)

    async def _take(
        self, request: web.BaseRequest, exchange: Exchange, lines: Lines, opened: Opened | None
    ) -> web.StreamResponse:
        past, marks = (opened.past, opened.marks) if opened else (None, None)
        means = Means(lines=lines, producer=self._producer, places=self._places)
        upload = Upload(exchange, means, past=past, marks=marks)
        sink = _Sink(request, replayed=past is not None)
        with self._told(upload, exchange.caller().expires), sink.soon():
            over = await upload.run(_Source(request), sink)
        lines.tally.ended(over.cause.reason if over else COMPLETE)
        if upload.gone and request.transport is not None:
            request.transport.abort()
            return sink.response
        return await sink.end(over, exchange)

    @contextmanager
    def _spanned(self, exchange: Exchange) -> Iterator[None]:
        """An upload is one span, and what is sent of it some more; what it comes to is in its answer."""
        if self._tracer is None:
            yield
            return
        joined = context_of(exchange.headers)
        exchange.span = self._tracer.join(
            joined, f"upload {exchange.route}", kind="server", attributes={"sluice.route": exchange.route}
        )
        with lasting(exchange.span):
            yield

    @contextmanager
    def _served(self) -> Iterator[None]:
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1
            if not self._present:
                self._empty.set()

    @contextmanager
    def _told(self, upload: Upload, expires: float | None) -> Iterator[None]:
        """An upload hears when the process stops, and when its token ends: what it is then, nobody has verified."""
        left = FOREVER if expires is None else max(0.0, expires - self._clock.now_ms() / 1000)
        timer = asyncio.get_running_loop().call_later(min(left, FOREVER), upload.stop, ending.EXPIRED)
        self._open.add(upload)
        if self._draining:
            upload.stop(ending.DRAINING)
        try:
            yield
        finally:
            timer.cancel()
            self._open.remove(upload)


class _Source:
    """As `Source`."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._content = request.content

    async def read(self) -> bytes:
        try:
            return await self._content.readany()
        except BROKEN as error:
            raise ConnectionResetError from error


class _Sink:
    """As `Sink`. The answer begins with its first receipt: until then it can still be another one."""

    def __init__(self, request: web.BaseRequest, *, replayed: bool) -> None:
        name, value = REPLAYED_HEADER
        headers = {"content-type": NDJSON, "cache-control": "no-store", **({name: value} if replayed else {})}
        self.response = web.StreamResponse(headers=headers)
        self.response.enable_chunked_encoding()
        self._request = request
        self._beginning = asyncio.Lock()

    async def write(self, data: bytes) -> None:
        await self._begin()
        await self.response.write(data)

    @contextmanager
    def soon(self) -> Iterator[None]:
        """While the context is open the answer begins in time also without a receipt."""
        task = asyncio.create_task(self._after(SILENCE), name="upload-answer")
        try:
            yield
        finally:
            task.cancel()

    async def end(self, over: Ending | None, exchange: Exchange) -> web.StreamResponse:
        """Says where to go on, if not all was answered."""
        trace = exchange.trace_id
        if over is not None and not self.response.prepared:
            return _answer(over.reply(instance=exchange.path, trace_id=trace))
        with suppress(ConnectionError):
            await self._begin()
            if over is not None:
                await self.response.write(over.line(trace_id=trace) + b"\n")
            await self.response.write_eof()
        return self.response

    async def _after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(ConnectionError):
            await self._begin()

    async def _begin(self) -> None:
        async with self._beginning:
            if not self.response.prepared:
                await self.response.prepare(self._request)


async def _opened(exchange: Exchange, lines: Lines) -> Opened | Reply | None:
    return await lines.whole.over(exchange, every=lines.settings.mark) if lines.whole is not None else None


def _headers(request: web.BaseRequest) -> dict[str, str]:
    """As the processor has them: names in lower case, values of a repeated name joined."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers


def _answer(reply: Reply, *more: tuple[str, str]) -> web.Response:
    return web.Response(status=reply.status, headers=dict((*reply.headers, *more)), body=reply.body or None)
