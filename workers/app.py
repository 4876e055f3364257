"""The composition root of a worker: one process, one stage."""

import asyncio
import contextlib
import logging
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bus.errors import BusUnavailable, TopicMismatch
from bus.ports import Bus, Transactions
from bus.topics import Topics
from runtime.clock import Clock, SystemClock
from runtime.errors import ConfigError, Problem
from runtime.management import Management
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.gateway import Gateway
from runtime.settings.load import DEFAULT_FILE
from runtime.settings.workers import StageSettings
from runtime.tracing.opened import traced
from runtime.tracing.tracer import Tracer
from schemas.signature import Signer
from workers.aside import Aside
from workers.build import STAGES, Name
from workers.cancels import Cancels
from workers.handling import Handler
from workers.lanes import open_backlog
from workers.ledger import Ledger
from workers.loop import Loop
from workers.membership import Membership
from workers.outbox import Outbox
from workers.pace import Pace
from workers.parts import Adapters, Parts
from workers.reporter import Author, Gauge, Reporter
from workers.stage import Stage

_log = logging.getLogger("sluice.workers")

PING_SECONDS = 5.0
REPORTING = frozenset({"retriever", "generator"})  # what a query waits for


class Worker:
    """One worker.

    Args:
        gateway: The configuration.
        stage: Which stage.
        number: The how-manieth of its kind on this machine, from 0: its management port is that many higher,
            and an embedded index of its own lies beside the first one's.
        bus: Where the records are.
        clock: What time it is.
        adapters: What opens models and index.
    """

    def __init__(
        self,
        gateway: Gateway,
        stage: Name,
        *,
        number: int,
        bus: Bus,
        clock: Clock | None = None,
        adapters: Adapters | None = None,
    ) -> None:
        self._gateway = _with_own_index(gateway, number)
        self._name = stage
        self._number = number
        self._bus = bus
        self._clock = clock or SystemClock()
        self._adapters = adapters or Adapters()
        self._registry = Registry()
        self._metrics = WorkerMetrics(self._registry)
        self._topics = Topics(bus, gateway.topics)
        self._kafka = False
        self.working = asyncio.Event()
        self.management = Management(
            registry=self._registry,
            checks={
                "kafka": lambda: self._kafka,
                "topics": lambda: self._topics.ready,
                "stage": self.working.is_set,
            },
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then finishes what is in work.

        Raises:
            ConfigError: The configuration does not fit Kafka, the models or the index.
            DeadLetterLost: A record could be neither handled nor put aside.
        """
        settings = self._gateway.management
        port = getattr(settings, self._name)
        async with self.management.serving(address=settings.address, port=port + self._number if port else 0):
            pinging = asyncio.create_task(self._ping_steadily())
            try:
                await _until(stop, self._work(stop), begun=self.working)
            except BaseExceptionGroup as group:
                raise _alone(group) from group
            finally:
                pinging.cancel()
                await asyncio.wait({pinging})

    async def _work(self, stop: asyncio.Event) -> None:
        await self._ensure_topics()
        tracing = traced(os.environ, system=self._gateway.name, process=self._name, number=self._number)
        async with tracing as tracer, self._open_parts() as parts, STAGES[self._name](parts) as stage:
            pace = Pace(parts.clock)
            backlog = open_backlog(parts.gateway, concurrency=parts.settings.concurrency)
            ledger = _ledger(parts, stage)
            loop = Loop(
                stage,
                handle=pace.timing(_handler(parts, stage, ledger, tracer=tracer).handle),
                ledger=ledger,
                backlog=backlog,
                cancels=parts.cancels,
                settings=parts.settings,
                drain=self._gateway.workers.drain,
                metrics=parts.metrics,
                aside=parts.aside,
            )
            _log.info("working", extra={"stage": self._name})
            self.working.set()
            gauge = Gauge(
                stage=self._name,
                concurrency=parts.settings.concurrency,
                tiers=[tier.name for tier in parts.gateway.tiers],
                backlog=backlog,
                pace=pace,
                behind=lambda: loop.behind,
            )
            gauge.show(parts.metrics)
            async with self._reporting(parts, gauge, stop):
                await loop.run(self._bus, stop)
            self.working.clear()

    def _reporting(self, parts: Parts, gauge: Gauge, stop: asyncio.Event) -> AbstractAsyncContextManager[None]:
        topic = parts.gateway.workers.load
        if topic is None or self._name not in REPORTING:
            return nullcontext()
        author = Author(
            name=f"{self._name}-{socket.gethostname()}-{self._number}-{parts.clock.random(4).hex()}",
            topic=topic,
            signer=parts.signer,
            producer=parts.producer,
            clock=parts.clock,
        )
        return Reporter(gauge, author=author).running(stop)

    async def _ensure_topics(self) -> None:
        try:
            await self._topics.ensure()
        except TopicMismatch as error:
            path = f"topics.{error.topic}"
            problem = Problem(path=path, line=None, message=str(error), value=error.expected)
            raise ConfigError(file=DEFAULT_FILE, problems=(problem,)) from error

    @asynccontextmanager
    async def _open_parts(self) -> AsyncIterator[Parts]:
        async with self._bus.producer() as producer, self._bus.reader() as reader, self._transactions() as transactions:
            yield Parts(
                gateway=self._gateway,
                settings=self._settings(),
                bus=self._bus,
                producer=producer,
                transactions=transactions,
                membership=Membership(),
                aside=Aside(),
                reader=reader,
                registry=self._registry,
                metrics=self._metrics,
                clock=self._clock,
                draw=random.random,
                cancels=Cancels(stage=self._name, signer=self._signer(), metrics=self._metrics),
                adapters=self._adapters,
            )

    def _transactions(self) -> AbstractAsyncContextManager[Transactions | None]:
        if not self._gateway.workers.transactions:
            return nullcontext()
        # The same after a restart, so that what a killed worker left open is ended by its successor and not by its age.
        return self._bus.transactions(name=f"{self._settings().group}/{socket.gethostname()}/{self._number}")

    def _signer(self) -> Signer:
        return Signer(*self._gateway.keys.record_keys)

    def _settings(self) -> StageSettings:
        settings: StageSettings = getattr(self._gateway.workers, self._name)
        if self._name != "generator":
            return settings
        # Each context in work is an answer being written.
        return settings.model_copy(update={"concurrency": min(settings.concurrency, self._gateway.chat.concurrency)})

    async def _ping_steadily(self) -> None:
        async with self._bus.admin() as admin:
            while True:
                try:
                    await admin.ping()
                    self._kafka = True
                except BusUnavailable:
                    self._kafka = False
                await asyncio.sleep(PING_SECONDS)


def _ledger(parts: Parts, stage: Stage) -> Ledger:
    return Ledger(
        outbox=Outbox(parts.producer, backoff=parts.backoff, author=stage),
        transactions=parts.transactions,
        author=stage,
        membership=parts.membership,
        backoff=parts.backoff,
        seconds=lambda outcome, seconds: parts.metrics.transaction.labels(stage.name, outcome).observe(seconds),
    )


def _handler(parts: Parts, stage: Stage, ledger: Ledger, *, tracer: Tracer | None) -> Handler:
    return Handler(
        stage,
        signer=parts.signer,
        settle=ledger.settle,
        backoff=parts.backoff,
        metrics=parts.metrics,
        clock=parts.clock,
        tracer=tracer,
    )


async def _until(stop: asyncio.Event, work: Awaitable[None], *, begun: asyncio.Event) -> None:
    """Awaits `work`, which heeds `stop` itself once it has begun; before that there is nothing to finish."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not begun.is_set():
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.wait({working, stopping})


def _alone(error: BaseException) -> BaseException:
    """What a group holds, where that is one error: what went wrong, and not how many owners it went through."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _with_own_index(gateway: Gateway, number: int) -> Gateway:
    """The folder of an embedded index is one process's: `index`, `index-1`, ..."""
    if not number:
        return gateway
    index = gateway.index.model_copy(update={"path": f"{gateway.index.path}-{number}"})
    return gateway.model_copy(update={"index": index})
