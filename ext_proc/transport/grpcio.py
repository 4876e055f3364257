"""The reference transport: Envoy's gRPC stream on `grpc.aio`, bytes in and bytes out. The only importer of grpc."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc

from ext_proc.stream import Stream, refuse_busy
from ext_proc.transport import methods
from ext_proc.transport.health import Health
from ext_proc.transport.socket import make_room
from ext_proc.wire import Malformed
from runtime.tracing.context import context_of

_log = logging.getLogger("sluice.transport")

_OPTIONS = (
    ("grpc.so_reuseport", 0),
    # Envoy buffers at most a route's body cap before it sends; this only has to be above any cap.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
)


class GrpcServer:
    """Serves streams; at most `max_streams` at once, past which a request is refused with 503."""

    def __init__(
        self,
        *,
        open_stream: Callable[[], Stream],
        max_streams: int,
        health: Health,
        count: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._open_stream = open_stream
        self._max_streams = max_streams
        self._health = health
        self._count = count
        self._open = 0

    @asynccontextmanager
    async def serving(self, *, socket: str, drain: float) -> AsyncIterator[None]:
        """Serves on a unix socket; leaving lets open streams finish for up to `drain` seconds."""
        make_room(socket)
        server = grpc.aio.server(options=_OPTIONS)
        server.add_generic_rpc_handlers((_Methods(self._process, self._check),))
        server.add_insecure_port(f"unix:{socket}")
        await server.start()
        try:
            yield
        finally:
            self._health.leave()
            # New streams are refused with GOAWAY, which Envoy retries on another processor; open ones finish.
            await server.stop(drain)

    async def _process(self, _: AsyncIterator[bytes], context: Any) -> None:
        if self._open >= self._max_streams:
            await context.read()
            await context.write(refuse_busy())
            return
        self._open += 1
        self._count(self._open)
        try:
            stream = self._open_stream()
            if stream.traced:
                stream.called_by = context_of(dict(context.invocation_metadata()))
            await self._converse(stream, context)
        finally:
            self._open -= 1
            self._count(self._open)

    async def _converse(self, stream: Stream, context: Any) -> None:
        while not stream.ended:
            message = await context.read()
            if message is grpc.aio.EOF:
                return
            try:
                replies = await stream.receive(message)
            except Malformed as error:
                _log.warning("a stream is refused", extra={"why": error.what})
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.what)
            for reply in replies:
                await context.write(reply)

    async def _check(self, _: bytes, __: Any) -> bytes:
        return self._health.answer()


class _Methods(grpc.GenericRpcHandler):
    def __init__(
        self,
        process: Callable[[AsyncIterator[bytes], Any], Awaitable[None]],
        check: Callable[[bytes, Any], Awaitable[bytes]],
    ) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            methods.PROCESS: grpc.stream_stream_rpc_method_handler(process),
            methods.CHECK: grpc.unary_unary_rpc_method_handler(check),
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method, or nothing, which is answered UNIMPLEMENTED."""
        return self._handlers.get(handler_call_details.method)
