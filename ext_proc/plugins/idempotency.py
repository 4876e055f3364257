"""`idempotency`: a retry with its Idempotency-Key gets the answer of the first request, and is not carried out again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt

from bus.records import Receipt
from ext_proc.bulk.opened import Opened
from ext_proc.described.answers import RETRY
from ext_proc.described.part import Answer, Parameter, Part, Written
from ext_proc.exchange import Exchange
from ext_proc.idempotency.claimant import Attempt, Claimant
from ext_proc.idempotency.digests import Digests
from ext_proc.idempotency.entry import Terms
from ext_proc.idempotency.key import FORM, HEADER, LONGEST, REPLAYED_HEADER, KeyMalformed, read_key
from ext_proc.idempotency.many import Many
from ext_proc.idempotency.table import Kept
from ext_proc.idempotency.verdict import Go, InFlight, OtherPayload, Replay
from ext_proc.plugin import Services
from ext_proc.reply import Reply, problem
from runtime.settings.base import Seconds, Section
from runtime.settings.gateway import Gateway
from schemas.idempotency import Claimed, Fulfilled, Marked, Origin, Released

_SOON = "1"  # seconds: an attempt takes a few milliseconds, and one that has died a lease


class IdempotencySettings(Section):
    """What is kept of keys, where and for how long. Routes with one topic say the same of it."""

    topic: str
    """Where claims and fulfilments are written, one of `topics`: cleaned up by deletion, and kept as long as `kept`."""

    kept: Seconds = 86400.0
    """Seconds that a key is known for."""

    lease: Seconds = 15.0
    """Seconds after which a request that was begun and not ended counts as dead, and the same one may be carried out."""

    required: bool = False
    """Answer 400 to a request without a key."""

    limit: PositiveInt = 100_000
    """Keys that a process remembers, about 1 kB each; past it those that changed longest ago are forgotten."""


class IdempotencyPlugin:
    """Carries out a request with an `Idempotency-Key` once, and answers its retries as it was answered itself.

    The key belongs to the caller's `sub`. The same key with the same route, path and document is a retry:
    it gets the first answer with `Idempotent-Replayed: true`, 409 while the first is in flight,
    and takes over where the first has failed, or has not ended within the lease. Another payload is 422.
    All replicas agree, for the order of the topic decides; Kafka away is 503.

    It stands behind what refuses a request, so that a refusal does not use the key up, and before what issues anything.
    What is begun goes on to its end although the client has gone, and a request without a key passes as if this were not here.

    Over a request with many records the key is one, and each of them is stored once: what was written down of an earlier
    one is answered from there, and what comes behind it is carried out. It can be sent again however the first one ended.
    """

    name: ClassVar[str] = "idempotency"
    needs: ClassVar[frozenset[str]] = frozenset({"identity"})
    before: ClassVar[frozenset[str]] = frozenset({"record"})
    restores: ClassVar[bool] = True
    Settings: ClassVar[type[IdempotencySettings]] = IdempotencySettings

    def __init__(self, settings: IdempotencySettings, services: Services) -> None:
        _check_topic(settings, services)
        terms = Terms(kept=round(settings.kept * 1000), lease=round(settings.lease * 1000))
        kept = Kept(topic=settings.topic, terms=terms, limit=settings.limit)
        table = services.idempotency.of(kept)
        self._claimant = Claimant(
            table,
            producer=services.producer,
            signer=services.signer,
            clock=services.clock,
            source=f"/{services.gateway.name}/gateway",
        )
        self._many = Many(claimant=self._claimant, kept=kept, signer=services.signer, bus=services.bus)
        self._digests = Digests(services.gateway.keys.naming)
        self._issuer = services.identifiers.current
        self._required = settings.required
        self._outcomes = services.metrics.idempotency

    @classmethod
    def described(cls, settings: IdempotencySettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        key = Parameter(
            name="Idempotency-Key",
            where="header",
            says="One string for each thing to be done, the same for each try; quoted or bare.",
            schema={"type": "string", "maxLength": LONGEST, "pattern": FORM},
            required=settings.required,
        )
        return Part(parameters=(key,), answers=tuple(_answers(settings)), writes=tuple(_writes(settings)))

    def completes(self, exchange: Exchange) -> bool:
        """What is begun under a key is ended; a request without one leaves nothing half done."""
        return HEADER in exchange.headers

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Claims the key, and lets the request pass as the first one, as its retry, or not at all."""
        key = self._key(exchange)
        if not isinstance(key, str):
            return key
        return await self._decide(exchange, self._attempt(exchange, key, self._digests.fingerprint(exchange)))

    async def over(self, exchange: Exchange, *, every: int) -> Opened | Reply | None:
        """As `OnWhole`: the records are compared with those of the first request as they come, and not before."""
        key = self._key(exchange)
        if not isinstance(key, str):
            return key
        attempt = self._attempt(exchange, key, self._digests.many(exchange))
        match await self._claimant.claim(attempt):
            case Go(origin=origin):
                _become(exchange, origin)
                opened = self._many.open(attempt, every=every)
                self._count(exchange, "new" if opened.past is None else "taken_over")
                return opened
            case InFlight():
                self._count(exchange, "in_flight")
                return _in_flight(exchange)
            case Replay() | OtherPayload():
                self._count(exchange, "other_payload")
                return _other_payload(exchange)

    def _key(self, exchange: Exchange) -> str | Reply | None:
        header = exchange.headers.get(HEADER)
        if header is None:
            return self._missing(exchange) if self._required else None
        try:
            return read_key(header)
        except KeyMalformed as error:
            return self._malformed(exchange, error)

    def _attempt(self, exchange: Exchange, key: str, fingerprint: bytes) -> Attempt:
        return Attempt(
            name=self._digests.name(subject=exchange.caller().subject, key=key),
            holder=exchange.unique,
            asked=Origin(
                fingerprint=fingerprint,
                unique=exchange.unique,
                received_at=exchange.received_at,
                issuer=self._issuer,
            ),
        )

    async def _decide(self, exchange: Exchange, attempt: Attempt) -> Reply | None:
        match await self._claimant.claim(attempt):
            case Go(origin=origin, taken_over=taken_over):
                self._count(exchange, "taken_over" if taken_over else "new")
                self._carry_out(exchange, attempt, origin)
                return None
            case Replay() as replay:
                self._count(exchange, "replayed")
                _repeat(exchange, replay)
                return None
            case InFlight():
                self._count(exchange, "in_flight")
                return _in_flight(exchange)
            case OtherPayload():
                self._count(exchange, "other_payload")
                return _other_payload(exchange)

    def _carry_out(self, exchange: Exchange, attempt: Attempt, origin: Origin) -> None:
        _become(exchange, origin)

        async def settle(reply: Reply) -> Reply:
            if exchange.receipt is not None:
                await self._claimant.fulfil(attempt, origin, exchange.receipt)
            else:
                self._count(exchange, "released")
                self._claimant.release(attempt)
            return reply

        exchange.endings.append(settle)

    def _missing(self, exchange: Exchange) -> Reply:
        self._count(exchange, "missing")
        detail = "Send an Idempotency-Key: one string for each thing to be done, the same for each try, such as a UUID."
        return _problem(exchange, 400, "idempotency-key-missing", detail)

    def _malformed(self, exchange: Exchange, error: KeyMalformed) -> Reply:
        self._count(exchange, "malformed")
        return _problem(
            exchange, 400, "idempotency-key-malformed", f"Idempotency-Key is not as declared: {error.reason}."
        )

    def _count(self, exchange: Exchange, outcome: str) -> None:
        self._outcomes.labels(exchange.route, outcome).inc()


def _become(exchange: Exchange, origin: Origin) -> None:
    """What is issued from here on is what the first request with this key was issued."""
    exchange.unique, exchange.received_at, exchange.issuer = origin.unique, origin.received_at, origin.issuer


def _repeat(exchange: Exchange, replay: Replay) -> None:
    _become(exchange, replay.origin)
    written = replay.written
    exchange.receipt = Receipt(
        topic=written.topic, partition=written.partition, offset=written.offset, timestamp=written.timestamp
    )

    async def mark(reply: Reply) -> Reply:
        return replace(reply, headers=(*reply.headers, REPLAYED_HEADER))

    if replay.again:
        exchange.endings.append(mark)


def _in_flight(exchange: Exchange) -> Reply:
    detail = (
        "A request with this Idempotency-Key is being carried out. Send the same one again in a moment for its answer."
    )
    return _problem(exchange, 409, "idempotency-key-in-flight", detail, ("retry-after", _SOON))


def _other_payload(exchange: Exchange) -> Reply:
    detail = (
        "This Idempotency-Key was used for another request. "
        "Send that one again as it was for its answer, or this one with a key of its own."
    )
    return _problem(exchange, 422, "idempotency-key-reused", detail)


def _problem(exchange: Exchange, status: int, reason: str, detail: str, *headers: tuple[str, str]) -> Reply:
    return problem(status, reason, detail, instance=exchange.path, trace_id=exchange.trace_id, headers=headers)


def _answers(settings: IdempotencySettings) -> Iterator[Answer]:
    yield Answer.problem(400, "idempotency-key-malformed", "The Idempotency-Key is empty, too long or no string.")
    if settings.required:
        yield Answer.problem(400, "idempotency-key-missing", "There is no Idempotency-Key.")
    yield Answer.problem(409, "idempotency-key-in-flight", "A request with this key is in flight.", headers=RETRY)
    yield Answer.problem(422, "idempotency-key-reused", "The key was used for another request.")


def _writes(settings: IdempotencySettings) -> Iterator[Written]:
    for said in (Claimed, Fulfilled, Released, Marked):
        says = (said.__doc__ or "").partition("\n")[0]
        yield Written(topic=settings.topic, type=said.type, key="digest of the caller and the key", says=says)


def _check_topic(settings: IdempotencySettings, services: Services) -> None:
    topic = services.gateway.topics.get(settings.topic)
    if topic is None:
        msg = f"topic {settings.topic!r} is not declared under topics"
        raise ValueError(msg)
    if topic.cleanup != "delete" or (topic.retention is not None and topic.retention < settings.kept):
        msg = f"topic {settings.topic} must be cleaned up by deletion, and keep its records for {settings.kept:g} s"
        raise ValueError(msg)
