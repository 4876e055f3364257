"""Writes the one record of a request and makes the answer of its receipt; what `produce` and `announce` have in common."""

import orjson
from pydantic import Field

from bus.errors import BusFull, BusUnavailable, DeliveryFailed
from bus.records import Receipt, Record, with_headers
from ext_proc.described.answers import BAD_REQUEST, RECEIPT, STORING, members
from ext_proc.described.part import TEXT, Answer, Header, Json, Part, Written
from ext_proc.errors import Refused
from ext_proc.exchange import Exchange
from ext_proc.idempotency.key import HEADER, LONGEST
from ext_proc.plugin import Services
from ext_proc.reply import Reply, invalid
from ext_proc.spans import sending, sent
from ext_proc.template import Template
from ext_proc.trace import parent, state
from runtime.settings.base import Section
from runtime.tracing.context import STATE
from runtime.tracing.span import Span
from schemas.envelope import Letterhead, Trace
from schemas.violation import Violation

JSON = "application/json"
_IS_JSON = ("content-type", JSON)

_BODILESS = frozenset({204, 205})  # RFC 9110, 15.3.5 and 15.3.6


class RecordSettings(Section):
    """Where the record goes, and what the caller is told. Texts may hold templates."""

    topic: str
    """One of `topics`."""

    type: str
    """`ce_type` of the record, as in rag.chunk.submitted.v1."""

    key: str
    """The record key; a template."""

    partition_key: str | None = None
    """What chooses the partition, where that is not the key."""

    headers: dict[str, str] = {}
    """Further record headers."""

    status: int = Field(default=202, ge=200, lt=300)
    """Of the answer; one of 204 has no body."""

    location: str | None = None
    """The `Location` header; a template."""

    answer: dict[str, str] = {}
    """Members of the answer; the receipt is added as `record`."""


class RecordWriter:
    """One for each plugin that writes.

    Raises:
        ValueError: The topic is not declared, a template has a hole that nothing fills, or an answer without a body
            has members.
    """

    def __init__(self, settings: RecordSettings, services: Services) -> None:
        if settings.topic not in services.gateway.topics:
            msg = f"topic {settings.topic!r} is not declared under topics"
            raise ValueError(msg)
        if settings.answer and settings.status in _BODILESS:
            msg = f"an answer of {settings.status} has no body, so it can hold no members"
            raise ValueError(msg)
        self._topic = settings.topic
        self._letterhead = Letterhead(
            topic=settings.topic,
            source=f"/{services.gateway.name}/gateway",
            type=settings.type,
            signer=services.signer,
        )
        self._status = settings.status
        self._key = Template(settings.key)
        self._partition_key = Template(settings.partition_key) if settings.partition_key else None
        self._headers = {name: Template(text) for name, text in settings.headers.items()}
        self._location = Template(settings.location) if settings.location else None
        self._answer = {name: Template(text) for name, text in settings.answer.items()}
        self._producer = services.producer
        self._clock = services.clock
        self._seconds = services.metrics.produce.labels(settings.topic)
        self._failures = services.metrics.produce_failures
        for kind in (BusUnavailable, BusFull, DeliveryFailed):  # from 0 on, or the first failure would be no increase
            self._failures.labels(self._topic, kind.__name__)
        templates = [self._key, self._partition_key, self._location, *self._headers.values(), *self._answer.values()]
        self.needs = frozenset({"identity"}).union(*(template.needs for template in templates if template))

    async def write(self, exchange: Exchange, body: bytes, *, content_type: str) -> Reply:
        """Produces, waits for the acknowledgement, and tells of it; tells only, where the exchange has its receipt already.

        Raises:
            Unfilled: The request lacks what a template needs.
            Refused: It has a key that is too long to be written down.
            BusError: Kafka did not take the record.
        """
        # Where the receipt is there already nothing is sent, and nothing is there to be traced.
        traced = exchange.span if exchange.receipt is None else None
        span = sending(traced, self._topic) if traced is not None else None
        record = self.record(exchange, body, content_type=content_type, span=span)
        location = self._location.fill(exchange) if self._location else None
        answer = {name: template.fill(exchange) for name, template in self._answer.items()}
        receipt = exchange.receipt = exchange.receipt or await self._send(record, span)
        headers = (("location", location),) if location else ()
        if self._status in _BODILESS:
            return Reply(status=self._status, reason="accepted", headers=headers)
        return Reply(
            status=self._status,
            reason="accepted",
            headers=(_IS_JSON, *headers),
            body=orjson.dumps({**answer, "record": receipt} if answer else receipt),  # its members are the contract's
        )

    async def _send(self, record: Record, span: Span | None) -> Receipt:
        started = self._clock.monotonic()
        try:
            receipt = await self._producer.send(record)
        except Exception as error:
            self._failures.labels(self._topic, type(error).__name__).inc()
            if span is not None:
                span.failed(type(error).__name__)
                span.end()
            raise
        else:
            if span is not None:
                sent(span, receipt)
            return receipt
        finally:
            self._seconds.observe(self._clock.monotonic() - started)

    def record(self, exchange: Exchange, body: bytes, *, content_type: str, span: Span | None = None) -> Record:
        """The record that `write` would write; it hands on `span`, or that of the exchange.

        Raises:
            Unfilled: As above.
            Refused: As above.
        """
        key = self._key.fill(exchange).encode()
        headers = self._letterhead.headers(
            id=exchange.unique[:16].hex(),
            time=exchange.received_at,
            caller=exchange.caller().caller,
            trace=_trace(exchange, span or exchange.span),
            idempotency_key=_once(exchange),
            content_type=content_type,
            key=key,
            body=body,
        )
        if self._headers or exchange.record_headers:
            extra = [(name, template.fill(exchange)) for name, template in self._headers.items()]
            headers = with_headers(headers, [*extra, *exchange.record_headers])
        return Record(
            topic=self._topic,
            key=key,
            value=body,
            headers=headers,
            partition_key=self._partition_key.fill(exchange).encode() if self._partition_key else None,
        )


def described_writing(settings: RecordSettings, *, says: str, value: Json | None = None) -> Part:
    """What a route that writes such a record tells its callers; `value` is the record's, where only the route knows it."""
    answer = {**{name: _described(text) for name, text in settings.answer.items()}, "record": RECEIPT}
    body = members(**answer) if settings.answer else RECEIPT
    location = {"Location": Header(says="Where to ask about it.", schema=TEXT, always=True)}
    accepted = Answer(
        status=settings.status,
        says=says,
        content={} if settings.status in _BODILESS else {JSON: body},
        headers=location if settings.location else {},
    )
    written = Written(topic=settings.topic, type=settings.type, key=settings.key, schema=value)
    return Part(answers=(accepted, BAD_REQUEST, *STORING), writes=(written,))


def _described(text: str) -> Json:
    return TEXT if "{" in text else {"const": text}


def _trace(exchange: Exchange, span: Span | None) -> Trace:
    """Without a tracer, the trace is the client's or one that begins with the record, for whoever traces what follows."""
    if span is not None and span.context is not None:
        return Trace(parent=span.context.parent, state=state({STATE: span.context.state}))
    given = exchange.headers
    return Trace(parent=parent(given, trace=exchange.trace_id, span=exchange.unique[16:]), state=state(given))


def _once(exchange: Exchange) -> str:
    key = exchange.headers.get(HEADER, "").strip('"')
    if len(key) <= LONGEST:
        return key
    violation = Violation(pointer="#", detail=f"Idempotency-Key has at most {LONGEST} characters")
    raise Refused(invalid([violation], instance=exchange.path, trace_id=exchange.trace_id))
