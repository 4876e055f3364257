"""One request of Envoy's, from its first message to the last answer. Does no I/O: bytes in, bytes out.

```
        headers, no body phase            body
OPEN ───────────────────────────► ENDED ◄────── WAITING
  └──── headers, body to come ────────────────────►┘
```
A transport feeds it Envoy's messages in order and sends back what it returns, until `ended`.

Nothing is said while the body is to come: Envoy sends it without waiting for an answer to the headers
(`send_body_without_waiting_for_header_response`). So a request has one answer, and until that has begun
Envoy can ask another processor in place of one that died.
"""

import time
from collections.abc import Mapping

from ext_proc import wire
from ext_proc.bulk.admission import Admission
from ext_proc.bulk.media import is_upload
from ext_proc.exchange import Credentials, Exchange
from ext_proc.origin import received_at, unique
from ext_proc.reply import Reply, not_found, problem
from ext_proc.router import Match, Router
from ext_proc.spans import ended, pipeline
from ext_proc.trace import trace_id
from runtime.clock import Clock
from runtime.metrics import GatewayMetrics
from runtime.tracing.context import TraceContext
from runtime.tracing.span import Span
from runtime.tracing.tracer import Tracer
from runtime.work import AT_HAND

_FIRST_ERROR = 400
_NONE = Credentials()


class Stream:
    """The processing of one request."""

    __slots__ = (
        "_bodies",
        "_clock",
        "_exchange",
        "_match",
        "_metrics",
        "_router",
        "_span",
        "_started",
        "_tracer",
        "called_by",
        "ended",
    )

    def __init__(self, *, router: Router, metrics: GatewayMetrics, clock: Clock, tracer: Tracer | None = None) -> None:
        self._router = router
        self._metrics = metrics
        self._clock = clock
        self._match: Match | None = None
        self._exchange: Exchange | None = None
        self._bodies: list[bytes] = []
        self._tracer = tracer
        self._span: Span | None = None
        self._started = time.perf_counter()
        self.called_by: TraceContext | None = None
        """Envoy's span, where it traces; a transport sets it before the first message."""
        self.ended = False

    @property
    def traced(self) -> bool:
        """Whether anybody wants to know `called_by`."""
        return self._tracer is not None

    def facts(self) -> Mapping[str, str]:
        """As `Work`; nothing before the first message."""
        return self._exchange.facts() if self._exchange is not None else {}

    async def receive(self, message: bytes) -> tuple[bytes, ...]:
        """The answers that one message makes possible, in order; none while more is to come.

        Raises:
            Malformed: The message has no place here; the transport ends the stream with an error, and Envoy fails closed.
        """
        match wire.parse(message):
            case wire.RequestHeaders() as headers if self._exchange is None:
                return await self._headers(headers)
            case wire.RequestBody() as body if self._exchange is not None and not self.ended:
                return await self._body(body)
            case _:
                raise wire.Malformed("a message out of order")

    async def _headers(self, message: wire.RequestHeaders) -> tuple[bytes, ...]:
        headers = message.headers
        path, _, query = headers.get(":path", "").partition("?")
        method = headers.get(":method", "")
        match = self._router.find(method, path)
        if self._tracer is not None:
            self._span = pipeline(self._tracer, self.called_by, headers, route=match.chain.route if match else "none")
        span = self._span
        exchange = self._exchange = Exchange(
            route=match.chain.route if match else "none",
            method=method,
            path=path,
            query=query,
            params=match.params if match else {},
            headers=headers,
            claims=message.claims,
            token=message.token,
            credentials=_credentials(message),
            unique=unique(headers, clock=self._clock),
            received_at=received_at(headers, clock=self._clock),
            trace_id=trace_id(headers) if span is None or span.context is None else span.context.trace_id,
            span=span,
            upload=match is not None and match.chain.many is not None and is_upload(headers.get("content-type", "")),
        )
        AT_HAND.set(exchange)
        if match is None:
            return self._answer(not_found(instance=path, trace_id=exchange.trace_id))
        self._match = match
        reply = await match.chain.headers(exchange)
        if reply is not None:
            return self._answer(reply)
        if exchange.upload:
            return self._admit(exchange)
        if not match.chain.plan.body:
            return self._end(match, exchange)
        if message.end_of_stream:
            return await self._run_body(match, exchange)
        return ()

    async def _body(self, message: wire.RequestBody) -> tuple[bytes, ...]:
        match, exchange = self._match, self._exchange
        if match is None or exchange is None or not match.chain.plan.body:
            raise wire.Malformed("a body that nobody asked for")
        self._bodies.append(message.body)
        if not (message.end_of_stream or self._is_whole(exchange)):
            return ()
        exchange.body = b"".join(self._bodies)  # of one piece it is that piece, not a copy
        return await self._run_body(match, exchange)

    def _is_whole(self, exchange: Exchange) -> bool:
        # A request with trailers ends with those, which are not sent to us; Envoy states the length of what it gathered.
        length = exchange.headers.get("content-length", "")
        return length.isdecimal() and sum(map(len, self._bodies)) >= int(length)

    async def _run_body(self, match: Match, exchange: Exchange) -> tuple[bytes, ...]:
        reply = await match.chain.body(exchange)
        return self._answer(reply) if reply is not None else self._end(match, exchange)

    def _admit(self, exchange: Exchange) -> tuple[bytes, ...]:
        """The body of an upload does not come here: Envoy takes it to whoever knows from this that it may."""
        self._count(code="upload")
        return (wire.go_on(after=wire.RequestHeaders, headers=[Admission.of(exchange).header(), wire.VERIFIED]),)

    def _end(self, match: Match, exchange: Exchange) -> tuple[bytes, ...]:
        refused = match.chain.end(exchange)
        if refused is not None:
            return self._answer(refused)
        self._count(code="upstream")
        marks = (wire.VERIFIED, wire.BARE) if match.chain.bare else (wire.VERIFIED,)
        headers = wire.go_on(after=wire.RequestHeaders, headers=[*exchange.upstream, *marks])
        return (headers, *(wire.go_on(after=wire.RequestBody) for _ in self._bodies))

    def _answer(self, reply: Reply) -> tuple[bytes, ...]:
        self._count(code=str(reply.status))
        bare = self._match is not None and self._match.chain.bare and reply.status >= _FIRST_ERROR
        return (wire.answer(reply.bare() if bare else reply),)

    def _count(self, *, code: str) -> None:
        self.ended = True
        exchange = self._exchange
        if exchange is None:
            return
        tier = exchange.identity.tier if exchange.identity else "none"
        method = exchange.method if self._match else "other"
        self._metrics.requests.labels(exchange.route, method, code, tier).inc()
        self._metrics.pipeline.labels(exchange.route).observe(time.perf_counter() - self._started)
        if self._span is not None:
            ended(self._span, code=code, tier=tier)


def _credentials(message: wire.RequestHeaders) -> Credentials:
    if message.ticket or message.cookie:
        return Credentials(ticket=message.ticket, cookie=message.cookie)
    return _NONE


def refuse_busy() -> bytes:
    """The answer to a request that finds the processor full."""
    reply = problem(
        503,
        "busy",
        "Too many requests are in flight.",
        instance="",
        trace_id="0" * 32,
        headers=(("retry-after", "1"),),
    )
    return wire.answer(reply)
