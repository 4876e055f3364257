"""One request of Envoy's, from its first message to the last answer. Does no I/O: bytes in, bytes out.

```
        headers, no body phase            body
OPEN ───────────────────────────► ENDED ◄────── WAITING
  └──── headers, body to come ────────────────────►┘
```
A transport feeds it Envoy's messages in order and sends back what it returns, until `ended`.
"""

import time

from ext_proc import wire
from ext_proc.exchange import Exchange
from ext_proc.reply import Reply, not_found, problem
from ext_proc.router import Match, Router
from ext_proc.trace import trace_id
from runtime.metrics import GatewayMetrics


class Stream:
    """The processing of one request."""

    __slots__ = ("_exchange", "_match", "_metrics", "_router", "_started", "ended")

    def __init__(self, *, router: Router, metrics: GatewayMetrics) -> None:
        self._router = router
        self._metrics = metrics
        self._match: Match | None = None
        self._exchange: Exchange | None = None
        self._started = time.perf_counter()
        self.ended = False

    async def receive(self, message: bytes) -> bytes:
        """The answer to one message.

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

    async def _headers(self, message: wire.RequestHeaders) -> bytes:
        path, _, query = message.headers.get(":path", "").partition("?")
        method = message.headers.get(":method", "")
        match = self._router.find(method, path)
        exchange = self._exchange = Exchange(
            route=match.chain.route if match else "none",
            method=method,
            path=path,
            query=query,
            params=match.params if match else {},
            headers=message.headers,
            claims=message.claims,
            trace_id=trace_id(message.headers),
        )
        if match is None:
            return self._answer(not_found(instance=path, trace_id=exchange.trace_id))
        self._match = match
        reply = await match.chain.headers(exchange)
        if reply is not None:
            return self._answer(reply)
        if not match.chain.plan.body:
            return self._end(wire.RequestHeaders)
        if message.end_of_stream:
            return await self._run_body(match, exchange, after=wire.RequestHeaders)
        return wire.WAIT_FOR_BODY

    async def _body(self, message: wire.RequestBody) -> bytes:
        if self._match is None or self._exchange is None:
            raise wire.Malformed("a body without headers")
        self._exchange.body = message.body
        return await self._run_body(self._match, self._exchange, after=wire.RequestBody)

    async def _run_body(
        self, match: Match, exchange: Exchange, *, after: type[wire.RequestHeaders | wire.RequestBody]
    ) -> bytes:
        reply = await match.chain.body(exchange)
        return self._answer(reply) if reply is not None else self._end(after)

    def _end(self, after: type[wire.RequestHeaders | wire.RequestBody]) -> bytes:
        if self._match is None or self._exchange is None:
            raise wire.Malformed("an end without headers")
        refused = self._match.chain.end(self._exchange)
        if refused is not None:
            return self._answer(refused)
        self._count(code="upstream")
        return wire.go_on(after=after, headers=[*self._exchange.upstream, wire.VERIFIED])

    def _answer(self, reply: Reply) -> bytes:
        self._count(code=str(reply.status))
        return wire.answer(reply)

    def _count(self, *, code: str) -> None:
        self.ended = True
        exchange = self._exchange
        if exchange is None:
            return
        tier = exchange.identity.tier if exchange.identity else "none"
        method = exchange.method if self._match else "other"
        self._metrics.requests.labels(exchange.route, method, code, tier).inc()
        self._metrics.pipeline.labels(exchange.route).observe(time.perf_counter() - self._started)


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
