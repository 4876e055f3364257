"""Says how much waits for this worker and how fast it works, for those who tell callers how long they will wait.

Nothing depends on it here: what Kafka does not take is lost, and the next report says the same and more.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from bus.errors import BusError
from bus.ports import Producer
from bus.records import Receipt, Received, Record
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from schemas.context import ASKED_AT
from schemas.envelope import Caller, Envelope
from schemas.load import MARKS, LaneLoad, Load, encode_load
from schemas.signature import Signer
from workers.backlog import Backlog
from workers.pace import Pace

EVERY = 1.0  # seconds between two looks
SILENCE = 5.0  # seconds after which the same is said again, so that nobody is thought dead
NOBODY = "none"  # the tier in a report's envelope: it is written on behalf of no caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What a worker's load is read from."""

    stage: str
    concurrency: int
    tiers: Sequence[str]
    backlog: Backlog
    pace: Pace
    behind: Callable[[], int]

    def load(self, *, leaving: bool = False) -> Load:
        """How it is now."""
        return Load(
            stage=self.stage,
            concurrency=self.concurrency,
            seconds=round(self.pace.seconds, 4),
            behind=self.behind(),
            lanes={tier: self._lane(tier) for tier in self.tiers},
            leaving=leaving,
        )

    def show(self, metrics: WorkerMetrics) -> None:
        """From now on the metrics say what waits in each lane, as it is when they are asked."""
        for tier in self.tiers:
            metrics.waiting.labels(self.stage, tier).set_function(partial(self.backlog.waiting, tier))

    def _lane(self, tier: str) -> LaneLoad:
        backlog = self.backlog
        marks = tuple(asked_at(record) for record in backlog.sample(tier, limit=MARKS))
        return LaneLoad(waiting=backlog.waiting(tier), in_work=backlog.in_work(tier), marks=marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who writes the reports, and where; `name` is the worker's own among all."""

    name: str
    topic: str
    signer: Signer
    producer: Producer
    clock: Clock


class Reporter:
    """Reports for one worker."""

    def __init__(self, gauge: Gauge, *, author: Author) -> None:
        self._gauge = gauge
        self._author = author
        self._said: Load | None = None
        self._said_at = 0.0
        self._number = 0

    @asynccontextmanager
    async def running(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """While it is open the load is reported; that the worker leaves, as soon as `stop` is set or this is left."""
        reporting = asyncio.create_task(self._report_until(stop))
        try:
            yield
        finally:
            reporting.cancel()
            await asyncio.wait({reporting})
            self._say_that_it_leaves()

    async def _report_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY)
        self._say_that_it_leaves()

    def _look(self) -> None:
        load = self._gauge.load()
        if load != self._said or self._author.clock.monotonic() - self._said_at >= SILENCE:
            self._say(load)

    def _say_that_it_leaves(self) -> None:
        if self._said is None or not self._said.leaving:
            self._say(self._gauge.load(leaving=True))

    def _say(self, load: Load) -> None:
        self._said, self._said_at = load, self._author.clock.monotonic()
        self._number += 1
        with suppress(BusError):
            sent = asyncio.ensure_future(self._author.producer.send(self._record(load)))
            sent.add_done_callback(_whatever_became)

    def _record(self, load: Load) -> Record:
        author, body = self._author, encode_load(load)
        key = author.name.encode()
        envelope = Envelope(
            id=f"{author.name}/{self._number}",
            source=f"/sluice/{load.stage}",
            type=Load.type,
            time=author.clock.now_ms(),
            caller=Caller(user_id=author.name, tier=NOBODY),
        )
        headers = envelope.headers(topic=author.topic, key=key, body=body, signer=author.signer)
        return Record(topic=author.topic, key=key, value=body, headers=headers)


def asked_at(record: Received) -> int:
    """When the query was asked, without a look into the body: as the header says, or when the record was written."""
    said = record.header(ASKED_AT) or ""
    return int(said) if said.isascii() and said.isdigit() else record.timestamp


def _whatever_became(sent: asyncio.Future[Receipt]) -> None:
    with suppress(asyncio.CancelledError):
        sent.exception()  # asked for, or it would be logged as one that nobody saw
