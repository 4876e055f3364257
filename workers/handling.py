"""One record, from its arrival to the moment its offset may move."""

import logging
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from bus.errors import BusError, BusFull, BusUnavailable, DeliveryFailed
from bus.records import Received
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from runtime.tracing.current import current, step
from runtime.tracing.tracer import Tracer
from runtime.work import AT_HAND
from schemas.signature import Signer
from workers.dead_letter import dead_letter
from workers.errors import GIVEN_UP, Poison, StageError, Transient, Untrusted
from workers.interruption import interruptible
from workers.ledger import Settle
from workers.outbox import Rest, Undeliverable
from workers.outcome import Outcome
from workers.retry import Backoff
from workers.stage import Stage
from workers.tracing import RecordWork, processing, sending
from workers.trust import verify

_log = logging.getLogger("sluice.workers")


class Handler:
    """Tries, tries again, gives up: whatever happens, the record has been answered for when `handle` returns."""

    def __init__(
        self,
        stage: Stage,
        *,
        signer: Signer,
        settle: Settle,
        backoff: Backoff,
        metrics: WorkerMetrics,
        clock: Clock,
        tracer: Tracer | None = None,
    ) -> None:
        self._stage = stage
        self._signer = signer
        self._settle = settle
        self._backoff = backoff
        self._metrics = metrics
        self._clock = clock
        # From 0 on: what appears with its first count is no increase, so the first dead letter would alert nobody.
        for counter in (metrics.handled, metrics.cancelled):
            counter.labels(stage.name)
        for reason in GIVEN_UP:
            metrics.dead.labels(stage.name, reason)
        self._tracer = tracer

    async def handle(self, record: Received, *, rest: Rest) -> None:
        """Returns when everything that follows from the record is there to stay, be it a result or a dead letter.

        Args:
            record: As it came.
            rest: Waits some seconds without keeping others from being handled; may be cancelled.

        Raises:
            DeadLetterLost: The dead letter was refused for good.
        """
        AT_HAND.set(RecordWork(record))
        name, now = self._stage.name, self._clock.now_ms()
        self._metrics.wait.labels(name).observe(max(0, now - record.timestamp) / 1000)
        with self._metrics.handle.labels(name).time(), self._traced(record, now):
            outcome, attempt = await self._outcome(record, rest)
            try:
                await self._enter(record, outcome, rest)
            except Undeliverable as error:
                await self._enter(record, self._give_up(record, error, attempt=attempt), rest)
        self._metrics.handled.labels(name).inc()

    def _traced(self, record: Received, now: int) -> AbstractContextManager[object]:
        if self._tracer is None:
            return nullcontext()
        return processing(self._tracer, record, stage=self._stage.name, now=now)

    async def _enter(self, record: Received, outcome: Outcome, rest: Rest) -> None:
        with sending(outcome) as sent:
            await self._settle(record, sent, rest=rest)

    async def _outcome(self, record: Received, rest: Rest) -> tuple[Outcome, int]:
        """What it comes to, and in how many tries."""
        attempt, waits = 1, 0
        while True:
            try:
                verify(record, self._signer)
                return Outcome(await self._stage.handle(record), final=self._stage.final), attempt
            except (BusUnavailable, BusFull, DeliveryFailed) as error:
                if _is_final(error):
                    return self._give_up(record, Undeliverable(str(error)), attempt=attempt), attempt
                waits += 1  # an outage of Kafka uses up no attempts
                await self._pause(self._backoff.seconds(waits), reason="kafka", rest=rest)
            except Poison as error:
                return self._give_up(record, error, attempt=attempt), attempt
            except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, it must not end the worker
                failure = self._passing(error)
                if not failure.counted:
                    waits += 1
                    await self._wait(
                        record, failure, self._backoff.seconds(waits, asked=failure.retry_after), rest=rest
                    )
                    continue
                if attempt >= self._backoff.attempts:
                    return self._give_up(record, failure, attempt=attempt), attempt
                await self._wait(record, failure, self._backoff.seconds(attempt, asked=failure.retry_after), rest=rest)
                attempt += 1

    async def _wait(self, record: Received, failure: Transient, seconds: float, *, rest: Rest) -> None:
        """Waits for the next try; not where the record is wanted no more, for then there is little left to do."""
        async with interruptible(partial(self._stage.calling_off, record)):
            await self._pause(seconds, reason=failure.reason, rest=rest)

    async def _pause(self, seconds: float, *, reason: str, rest: Rest) -> None:
        self._metrics.retried.labels(self._stage.name, reason).inc()
        with step("rest", attributes={"sluice.reason": reason}):
            await rest(seconds)

    def _passing(self, error: Exception) -> Transient:
        if isinstance(error, Transient):
            return error
        _log.exception("a stage failed in a way that it does not know", extra={"stage": self._stage.name})
        return Transient("bus" if isinstance(error, BusError) else "internal", type(error).__name__)

    def _give_up(self, record: Received, error: StageError, *, attempt: int) -> Outcome:
        name = self._stage.name
        self._metrics.dead.labels(name, error.reason).inc()
        current().failed(error.reason)
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        _log.warning(
            "a record is given up",
            extra={"stage": name, "reason": error.reason, "detail": error.detail, "attempt": attempt, **where},
        )
        letter = dead_letter(record, error, attempt=attempt)
        # Whoever wrote an untrusted record is nobody's user, and what it claims to be is nobody's query.
        heard = () if isinstance(error, Untrusted) else self._stage.given_up(record, error)
        return Outcome((letter, *heard), final=True)


def _is_final(error: BusError) -> bool:
    return isinstance(error, DeliveryFailed) and not error.retriable
