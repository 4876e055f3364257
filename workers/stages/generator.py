"""The third stage: passages become an answer, streamed as the model speaks."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import partial

from bus.errors import BusUnavailable
from bus.records import Partition, Receipt, Received, Record
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from runtime.settings.gateway import Gateway
from schemas.context import Context
from schemas.context import decode as decode_context
from schemas.errors import Malformed
from schemas.events import TERMINAL, Cancelled, Done, Event, Failed, encode, event_name, event_type
from workers.answer import NOTHING_FOUND, Answer
from workers.answer_log import DIED, AnswerLog, Standing
from workers.answer_writer import AnswerWriter
from workers.asker import Asker
from workers.cancels import Cancels, asked
from workers.deadlines import Deadlines
from workers.errors import Expired, ModelUnavailable, Poison, StageError
from workers.membership import Fence
from workers.metered import Begin, MeteredModel, Said
from workers.ports import Citation, TextDelta, Usage
from workers.query import failure_event
from workers.scribe import Draft, Scribe, caller_of, type_of
from workers.teller import Teller
from workers.topics import ANSWERS, CONTEXTS, RESULTS

UNHEARD = "not-acknowledged"  # the reason for a reset where Kafka was away; the model is not asked again
FAILED = "model-unavailable"
FELL_BACK = "model-fell-back"


class GeneratorStage:
    """One answer for each query: the model is called once, unless a call dies in the middle.

    The events before the last go out as they come. The result is written to `rag.answers` first and then, as the
    terminal event, to `rag.results`: whoever takes over between the two finds the answer and only has to announce it.
    """

    name: str = "generator"
    topics: tuple[str, ...] = (CONTEXTS,)
    final: bool = True

    def __init__(
        self,
        *,
        model: MeteredModel,
        log: AnswerLog,
        cancels: Cancels,
        producer: Fence,
        gateway: Gateway,
        scribe: Scribe,
        metrics: WorkerMetrics,
        clock: Clock,
    ) -> None:
        self._asker = Asker(model, gateway=gateway)
        self._quota = model.quota
        self._log = log
        self._cancels = cancels
        self._producer = producer
        self._gateway = gateway
        self._scribe = scribe
        self._metrics = metrics
        self._clock = clock
        self._deadlines = Deadlines(stage=self.name, gateway=gateway, metrics=metrics, clock=clock)
        for tier in gateway.tiers:  # from 0 on, or the first one would be no increase
            for ending in TERMINAL:
                metrics.answers.labels(tier.name, ending)

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        if record.value is None:
            return ()
        context = await self._context(record)
        if context is None:
            return ()
        standing = await self._log.standing(record, asked_at=context.asked_at)
        if standing.ended or standing.answer is not None:
            self._metrics.skipped.labels(self.name, "answered").inc()
            return (self._final(record, RESULTS, Done.name, standing.answer),) if standing.answer is not None else ()
        return await self._end(record, context, standing)

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`."""
        return self._cancels.telling(asked(record, at=_context(record).asked_at), call)

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`."""
        return failure_event(self._scribe, record, error)

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""
        name = event_name(type_of(record))
        if record.topic == RESULTS and name in TERMINAL:
            self._log.wrote(record.key or b"", name, void=None)
            tier = dict(record.headers).get("user-tier", b"").decode("utf-8", "replace")
            self._metrics.answers.labels(self._gateway.tier(tier).name, name).inc()

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`: an event must be there once. The answers are compacted, so a second copy does no harm."""
        return record.topic == RESULTS and await self._log.holds(record)

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""
        self._log.forget(partitions)
        self._quota.gained(partitions)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""
        self._log.forget(partitions)
        self._quota.lost(partitions)

    async def _context(self, record: Received) -> Context | None:
        """The context; `None` where it cannot be read, and whoever asked was told so: it is not to be told again."""
        try:
            return _context(record)
        except Poison:
            standing = await self._log.standing(record, asked_at=record.timestamp)
            if standing.ended:
                return None
            raise

    async def _end(self, record: Received, context: Context, standing: Standing) -> Sequence[Record]:
        if context.cancelled or self._cancels.counts(asked(record, at=context.asked_at)):
            return (self._cancelled(record, _unspoken(context, standing)),)
        if context.failure is not None:
            return (self._final(record, RESULTS, Failed.name, encode(context.failure)),)
        try:
            self._in_time(record, context, standing)
            return await self._answer(record, context, standing)
        except Expired as error:
            return failure_event(self._scribe, record, error)

    async def _answer(self, record: Received, context: Context, standing: Standing) -> Sequence[Record]:
        visible = self._gateway.tier(record.header("user-tier")).reads
        passages = tuple(one for one in context.passages if one.visibility in visible)
        answer = Answer(context=context, passages=passages, voided=standing.void is not None)
        teller = Teller(self._scribe, record, standing)
        writer = AnswerWriter(lambda event: self._send(teller, event), interval=self._gateway.workers.delta_interval)
        try:
            await self._open(teller, answer, writer)
            # Opening may have waited for Kafka, and each call for the limits of its model.
            in_time = partial(self._in_time, record, context, standing)
            in_time()
            await self._speak(record, answer, writer, teller, in_time)
            intact = await writer.settle()
        finally:
            writer.close()
        again = () if intact else (*teller.again(UNHEARD, answer), *self._asker.used(answer))
        return (*(teller.record(event) for event in again), *self._ending(record, answer))

    def _in_time(self, record: Received, context: Context, standing: Standing) -> None:
        # What a generator that died had sent to a model is answered, however old it is: it was begun in time.
        if standing.void != DIED:
            self._deadlines.check(record, asked_at=context.asked_at, known=context.expired)

    def _ending(self, record: Received, answer: Answer) -> Sequence[Record]:
        if answer.broken_off:
            return (self._cancelled(record, answer.cancelled()),)
        body = encode(answer.done(caller_of(record), now_ms=self._clock.now_ms()))
        return tuple(self._final(record, topic, Done.name, body) for topic in (ANSWERS, RESULTS))

    def _cancelled(self, record: Received, event: Cancelled) -> Record:
        self._metrics.cancelled.labels(self.name).inc()
        return self._final(record, RESULTS, event.name, encode(event))

    async def _open(self, teller: Teller, answer: Answer, writer: AnswerWriter) -> None:
        """Returns when the log says that the answer has begun: only then is the model called, so no call goes unseen."""
        for event in teller.opening(answer):
            writer.event(event)
        if not await writer.settle():
            self._log.void(teller.key, UNHEARD)
            raise BusUnavailable(doing="beginning an answer")

    async def _speak(
        self, record: Received, answer: Answer, writer: AnswerWriter, teller: Teller, in_time: Begin
    ) -> None:
        if not answer.passages:
            self._take(TextDelta(text=NOTHING_FOUND), answer, writer, tier=self._tier(record))
            return
        try:
            await self._asker.ask(
                answer,
                tier=self._tier(record),
                take=lambda said: self._take(said, answer, writer, tier=self._tier(record)),
                telling=partial(self.calling_off, record),
                again=lambda: self._again(teller, answer, writer),
                begin=in_time,
            )
        except ModelUnavailable as error:
            if error.begun:
                # The call may have been answered and paid for, whatever we have heard of it.
                self._log.void(record.key or b"", FAILED)
            raise
        for used in self._asker.used(answer):
            writer.event(used)

    async def _again(self, teller: Teller, answer: Answer, writer: AnswerWriter) -> None:
        """As `_open`, where a model has fallen back to another in the middle: what it said goes out first."""
        if await writer.settle():
            for event in teller.again(FELL_BACK, answer):
                writer.event(event)
            if await writer.settle():
                return
        self._log.void(teller.key, UNHEARD)
        raise BusUnavailable(doing="beginning an answer again")

    def _take(self, said: Said, answer: Answer, writer: AnswerWriter, *, tier: str) -> None:
        match said:
            case TextDelta(text=text):
                if not answer.text:
                    age = (self._clock.now_ms() - answer.context.asked_at) / 1000
                    self._metrics.first_text.labels(tier).observe(max(0.0, age))
                answer.text.append(text)
                writer.text(text)
            case Citation():
                if cited := answer.cite(said):
                    writer.event(cited)
            case Usage():
                answer.usage = said

    def _tier(self, record: Received) -> str:
        return self._gateway.tier(record.header("user-tier")).name

    def _send(self, teller: Teller, event: Event) -> Awaitable[Receipt]:
        sent = self._producer.send(teller.record(event))
        self._log.wrote(teller.key, event.name, void=FAILED)
        return sent

    def _final(self, record: Received, topic: str, name: str, body: bytes) -> Record:
        key = (record.key or b"").decode("utf-8", "replace")
        draft = Draft(topic=topic, type=event_type(name), id=f"{key}/{name}", body=body, tier=True)
        return self._scribe.record(record, draft)


def _unspoken(context: Context, standing: Standing) -> Cancelled:
    """The end of an answer that no call is running for; what an earlier one has cost, nobody knows any more."""
    return Cancelled(query_id=context.query_id, estimated=standing.void is not None)


def _context(record: Received) -> Context:
    try:
        return decode_context(record.value or b"")
    except Malformed as error:
        raise Poison("malformed", str(error)) from error
