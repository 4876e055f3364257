"""The results server: HTTP on a unix socket, behind Envoy. The only file here that knows aiohttp.

A stream is flow-controlled to the end: what a reader has not taken stays in the history, which all share. Between here
and the kernel lie at most `HIGH_WATER` bytes and one write; then the stream waits until its reader has taken them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from ext_proc.reply import Reply
from ext_proc.results import problems
from ext_proc.results.errors import MalformedEventId
from ext_proc.results.format import negotiation, place
from ext_proc.results.http.residents import Residents
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.renewals import Streams
from ext_proc.results.meters import OTHER, Meters, TopicMeters
from ext_proc.results.past.page import Past
from ext_proc.results.reader.anteroom import Anteroom, Guest
from ext_proc.results.reader.delivery import Delivery
from ext_proc.results.reader.opener import Opener
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.script import Script
from ext_proc.results.reader.spending import Admission
from ext_proc.results.reader.stream import Means, Stream
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.reader.vigil import Vigil
from ext_proc.results.status.service import Question, StatusService
from ext_proc.results.trust import Trust
from ext_proc.trace import trace_id
from ext_proc.wire import BARE
from runtime.clock import Clock
from runtime.settings.edge import ResultsSettings
from runtime.tracing.context import context_of
from runtime.tracing.tracer import Tracer
from runtime.work import AT_HAND

HIGH_WATER = 16 * 1024
LONGEST = 64 * 1024  # bytes of a line or a header: more than Envoy lets through, so that no error here is aiohttp's own
BACKLOG = 4096  # connections that may wait to be accepted, when a whole fleet of readers comes back

_log = logging.getLogger("sluice.results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a server works with."""

    hub: Hub
    past: Past
    trust: Trust
    meters: Meters
    settings: ResultsSettings
    clock: Clock
    admission: Admission
    anteroom: Anteroom
    ready: Callable[[], Awaitable[object]]
    tracer: Tracer | None = None


class ResultsServer:
    """Answers GET requests that the processor has admitted: with a stream of events, or with what they come to."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._opener = Opener(hub=parts.hub, past=parts.past, unknown_wait=parts.settings.unknown_wait)
        self._residents = Residents(limit=parts.settings.max_streams)
        self._status = StatusService(
            hub=parts.hub,
            past=parts.past,
            trust=parts.trust,
            residents=self._residents,
            anteroom=parts.anteroom,
            ready=parts.ready,
            clock=parts.clock,
        )

    @asynccontextmanager
    async def serving(self, socket: str) -> AsyncIterator["ResultsServer"]:
        """Serves on a unix socket while the context is open; then sends its readers away and closes."""
        # A handler ends with its connection: else a silent stream would be held until its next ping.
        server = web.Server(
            self._handle,
            handler_cancellation=True,
            access_log=None,
            tcp_keepalive=False,
            max_line_size=LONGEST,
            max_field_size=LONGEST,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.UnixSite(runner, socket, backlog=BACKLOG)
            await site.start()
            yield self
            await site.stop()
            if not await self._residents.drain(self._parts.settings.drain):
                _log.warning("streams were still open after the time to drain")
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        answered = self._parts.meters.of(OTHER).answered
        where = {"instance": request.path, "trace_id": trace_id(request.headers)}
        asking = _Asking(where["trace_id"])
        AT_HAND.set(asking)
        given: dict[str, str] = {}
        if request.method != "GET":
            return _answer(request, problems.method_not_allowed(**where), answered)
        try:
            wants = Subscription.parse(request.headers)
            asking.query_id = wants.query_id
            meters = self._parts.meters.of(wants.topic)
            if wants.view == "status":
                answered = meters.told
                return _answer(request, await self._status.answer(_question(request, wants), meters), answered)
            answered = meters.answered
            return await self._serve(request, wants, meters, given)
        except problems.REFUSALS as error:
            return _answer(request, problems.reply_to(error, **where), answered, given)
        except Exception:  # noqa: BLE001 - the last resort; whatever happens inside a stream is dealt with there
            _log.exception("a request could not be answered")
            return _answer(request, problems.internal_error(**where), answered, given)

    async def _serve(
        self, request: web.BaseRequest, wants: Subscription, meters: TopicMeters, given: dict[str, str]
    ) -> web.StreamResponse:
        """Once a ticket is spent, its cookie is given with whatever is answered: who has to come back, can."""
        last = _last_event_id(request)
        subscriber = Subscriber(wants=wants, limit=self._parts.settings.buffer_events, trust=self._parts.trust)
        with self._residents.served():
            await self._parts.admission.spend(wants)
            if wants.ticket is not None:
                given["set-cookie"] = wants.ticket.cookie
            with self._parts.hub.watching(subscriber):
                opening = await self._open(subscriber, last, meters)
                return await self._stream(request, subscriber, opening, meters, given)

    async def _open(self, subscriber: Subscriber, last: place.Place | None, meters: TopicMeters) -> Opening:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        opening = await self._opener.open(subscriber, last)
        if opening.replayed:
            meters.replays.inc()
            meters.replay.observe(loop.time() - begun)
        return opening

    async def _stream(
        self,
        request: web.BaseRequest,
        subscriber: Subscriber,
        opening: Opening,
        meters: TopicMeters,
        given: Mapping[str, str],
    ) -> web.StreamResponse:
        chosen = negotiation.chosen(request.headers.get("accept", ""), named=subscriber.wants.named)
        response = web.StreamResponse(headers={**chosen.headers, **given})
        try:
            sink = await _Sink.begin(request, response)
        except ConnectionError:  # the reader has gone while its stream was being opened
            return response
        meters.answered(response.status)
        parts = self._parts
        stream = Stream(
            subscriber=subscriber,
            script=Script(subscriber=subscriber, format=chosen),
            vigil=Vigil(subscriber=subscriber, lookup=self._opener.lookup),
            guest=Guest(subscriber=subscriber, anteroom=parts.anteroom),
            sink=sink,
            delivery=self._delivery(request, subscriber.wants),
            means=Means(past=parts.past, meters=meters, settings=parts.settings, clock=parts.clock),
        )
        renewed = parts.admission.sessions.renewals.reaching(
            Streams.of(subscriber.wants), stream, tier=subscriber.wants.tier
        )
        with self._residents.streaming(stream), renewed, meters.open.track_inprogress():
            await _run(stream, opening, sink)
        return response

    def _delivery(self, request: web.BaseRequest, wants: Subscription) -> Delivery | None:
        """A topic that is read whole is of as many traces as it has records: its stream is in none of them."""
        tracer = self._parts.tracer
        if tracer is None or wants.key is None:
            return None
        return Delivery(tracer, topic=wants.topic, reader=context_of(request.headers))


@dataclass(slots=True)
class _Asking:
    """A request, for the log; as `Work`."""

    trace_id: str
    query_id: str | None = None

    def facts(self) -> Mapping[str, str]:
        return {"trace_id": self.trace_id, **({"query_id": self.query_id} if self.query_id else {})}


class _Sink:
    """A response that a stream is written to.

    It writes chunks (RFC 9112, 7.1) to the transport itself, at a tenth of what aiohttp's writer takes for each.
    """

    __slots__ = ("_protocol", "_transport", "_writer")

    def __init__(
        self, writer: AbstractStreamWriter, protocol: web.RequestHandler, transport: asyncio.Transport
    ) -> None:
        self._writer = writer
        self._protocol = protocol
        self._transport = transport

    @classmethod
    async def begin(cls, request: web.BaseRequest, response: web.StreamResponse) -> "_Sink":
        """Sends the headers."""
        response.enable_chunked_encoding()
        transport, writer = request.transport, await response.prepare(request)
        if transport is None or writer is None:
            raise ConnectionResetError
        transport.set_write_buffer_limits(high=HIGH_WATER)
        writer.send_headers()
        return cls(writer, request.protocol, transport)

    def write(self, data: bytes) -> bool:
        """As `Sink`."""
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        return not self._protocol.writing_paused

    async def drain(self) -> None:
        """As `Sink`."""
        await self._writer.drain()

    def cut(self) -> None:
        """As `Sink`."""
        self._transport.abort()


async def _run(stream: Stream, opening: Opening, sink: _Sink) -> None:
    """Once a stream has begun, no error can be answered: it ends, and its reader comes back with the last id."""
    try:
        await stream.run(opening)
    except ConnectionError:
        _log.debug("a reader has gone")
    except problems.REFUSALS as error:
        _log.warning("a stream was ended: %s", error)
    except Exception:  # noqa: BLE001 - as above: nothing else can be done for this reader
        _log.exception("a stream has failed")
        sink.cut()


def _last_event_id(request: web.BaseRequest) -> place.Place | None:
    text = request.headers.get("last-event-id") or request.query.get("lastEventId")
    if not text:
        return None
    last = place.parse(text)
    if last is None:
        raise MalformedEventId(text=text)
    return last


def _question(request: web.BaseRequest, wants: Subscription) -> Question:
    prefer, condition = (request.headers.getall(name, []) for name in ("prefer", "if-none-match"))
    return Question(wants=wants, prefer=prefer, if_none_match=condition)


def _answer(
    request: web.BaseRequest,
    reply: Reply,
    answered: Callable[[int], None],
    given: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    name, value = BARE
    said = reply.bare() if request.headers.get(name) == value else reply
    answered(said.status)
    return web.Response(status=said.status, headers={**dict(said.headers), **given}, body=said.body or None)
