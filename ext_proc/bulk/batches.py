"""The spans over what is sent of an upload or an array: one for many records, never one for each.

A record of many hands on the span that it was sent under as one that is not recorded: a hundred thousand lines would
else become as many traces' worth of work in one. Its trace's id is with it all the same, in every log that tells of it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bus.records import Receipt
from ext_proc.exchange import Exchange
from ext_proc.spans import sending
from runtime.tracing.span import Span, Unrecorded

MOST = 512  # records under one span


class _Batch:
    """One span, which ends with the last of its records once no more are to come."""

    __slots__ = ("_closed", "_count", "_flying", "_span")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._count = 0
        self._flying = 0
        self._closed = False

    @property
    def handed_on(self) -> Span:
        """What its records say of where they come from."""
        context = self._span.context
        return Unrecorded(context.unsampled() if context else None)

    @property
    def full(self) -> bool:
        return self._count >= MOST

    def sent(self, record: "asyncio.Future[Receipt]") -> None:
        self._count += 1
        self._flying += 1
        record.add_done_callback(self._landed)

    def close(self) -> None:
        self._closed = True
        self._end()

    def _landed(self, record: "asyncio.Future[Receipt]") -> None:
        self._flying -= 1
        error = None if record.cancelled() else record.exception()
        if error is not None:
            self._span.failed(type(error).__name__)
        self._end()

    def _end(self) -> None:
        if self._closed and self._count and not self._flying:  # one under which nothing was sent never was
            self._span.note("messaging.batch.message_count", self._count)
            self._span.end()


class Batches:
    """The spans of one request; what is judged meanwhile hands on the one that is open."""

    def __init__(self, request: Exchange, span: Span, *, topic: str) -> None:
        self._request = request
        self._span = span
        self._topic = topic
        self._batch = self._next()

    def sent(self, record: "asyncio.Future[Receipt]") -> None:
        """A record was sent, and will be acknowledged or not."""
        self._batch.sent(record)
        if self._batch.full:
            self._batch.close()
            self._batch = self._next()

    def close(self) -> None:
        """No more will be sent."""
        self._batch.close()
        self._request.span = self._span

    def _next(self) -> _Batch:
        batch = _Batch(sending(self._span, self._topic))
        self._request.span = batch.handed_on
        return batch


@contextmanager
def batched(request: Exchange, *, topic: str) -> Iterator[Batches | None]:
    """The spans over what is sent in the context; none where the request is not traced."""
    if request.span is None:
        yield None
        return
    batches = Batches(request, request.span, topic=topic)
    try:
        yield batches
    finally:
        batches.close()
