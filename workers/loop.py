"""The loop of a stage: reads, hands out, and commits what is finished.

Each record is taken on in the order of its partition and handled beside others, in order only within its key;
which is next, tiers decide by turns (`workers.backlog`).
An offset is committed when the record and every one before it in the partition is finished (`workers.offsets`).
What is taken on and not begun is bounded (`workers.window`); past the bound the partitions are paused and no batch is
taken.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress

from bus.errors import BusUnavailable
from bus.ports import Bus, Consumer
from bus.records import Partition, Received
from runtime.metrics import WorkerMetrics
from runtime.settings.workers import StageSettings
from workers.aside import Aside
from workers.backlog import Backlog
from workers.cancels import Cancels
from workers.crew import Crew, Handle
from workers.errors import StageError
from workers.ledger import Ledger
from workers.stage import Stage
from workers.window import Window

LAG_SECONDS = 5.0


class Loop:
    """Runs one stage; also the `RebalanceListener` of its consumer.

    Args:
        stage: What to do.
        handle: Answers for one record, as `Handler.handle`.
        ledger: Where offsets are committed.
        backlog: Where records wait for their turn; it is empty.
        cancels: What is wanted no more, and need not wait for its turn.
        settings: Group, how many records at once, and how many are read ahead.
        drain: Seconds that records in work may take when their partition leaves, or the worker stops.
        metrics: Of the process.
        aside: What the stage waits aside with, if it does.
    """

    def __init__(  # noqa: PLR0913 - all that a worker has meets here
        self,
        stage: Stage,
        *,
        handle: Handle,
        ledger: Ledger,
        backlog: Backlog,
        cancels: Cancels,
        settings: StageSettings,
        drain: float,
        metrics: WorkerMetrics,
        aside: Aside | None = None,
    ) -> None:
        self._stage = stage
        self._handle = handle
        self._settings = settings
        self._drain = drain
        self._metrics = metrics
        self._aside = aside or Aside()
        self._ledger = ledger
        self._offsets = ledger.offsets
        self._backlog = backlog
        self._cancels = cancels
        self._window = Window(records=settings.window, size=settings.window_bytes)
        self._ours: set[Partition] = set()
        self._new: dict[Partition, object] = {}  # ours, and not looked up yet; for each a tenure of its own
        self._room = asyncio.Event()
        self._crew: Crew | None = None
        self.behind = 0
        """Records of our partitions that were not read yet, as far as is known."""
        self._consumer: Consumer | None = None

    async def run(self, bus: Bus, stop: asyncio.Event) -> None:
        """Returns when `stop` is set and what was in work is finished, or abandoned after `drain` seconds.

        Raises:
            ExceptionGroup: Something that the worker cannot live with, as `DeadLetterLost`.
        """
        consuming = bus.consumer(group=self._settings.group, topics=self._stage.topics, listener=self)
        async with consuming as self._consumer, self._ledger.open(self._consumer), asyncio.TaskGroup() as tasks:
            self._crew = Crew(
                tasks,
                handle=self._handle,
                size=self._settings.concurrency,
                ended=self._ended,
                freed=self._dispatch,
                aside=self._aside,
            )
            self._cancels.told_to(self._hasten)
            steady = [self._fetch(self._consumer), self._watch_lag(self._consumer)]
            background = [tasks.create_task(coroutine) for coroutine in steady]
            try:
                await stop.wait()
                for task in background:
                    task.cancel()
                await self._leave(frozenset(self._ours), within=self._drain)
            finally:
                self._crew = None  # nothing more is begun, whatever ends from here on

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `RebalanceListener.assigned`."""
        self._ours |= set(partitions)
        self._new.update((at, object()) for at in partitions)
        await self._stage.assigned(partitions)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `RebalanceListener.revoked`."""
        # What was lost rather than asked for may be in another's hands already: nothing more may be written of it.
        lost = self._consumer is not None and not self._consumer.assignment() & set(partitions)
        await self._leave(partitions, within=0.0 if lost else self._drain)
        await self._stage.revoked(partitions)

    async def _fetch(self, consumer: Consumer) -> None:
        async for batch in consumer.batches():
            gone = await self._look_up(frozenset(record.at for record in batch))
            for record in batch:
                if record.at not in gone:
                    self._take_on(record)
            self._dispatch()
            if self._window.is_full(self._backlog):
                await self._make_room(consumer)

    async def _look_up(self, partitions: Collection[Partition]) -> Collection[Partition]:
        """Learns what is finished of those that are new, which Kafka does not tell while it shares partitions out.

        Those that left meanwhile are returned, though they may be back: what was read before that is read again.
        """
        new = {at: self._new[at] for at in partitions if at in self._new}
        if not new:
            return ()
        await self._ledger.resume(new)
        gone = [at for at, tenure in new.items() if self._new.get(at) is not tenure]
        for at in new.keys() - set(gone):
            del self._new[at]
        return gone

    def _take_on(self, record: Received) -> None:
        if record.at in self._ours and self._offsets.begin(record.at, record.offset):
            self._backlog.put(record, unwanted=self._is_unwanted(record))

    def _is_unwanted(self, record: Received) -> bool:
        if not self._cancels.names(record):
            return False
        called: list[bool] = []
        # When the query was asked, only the stage knows. What it cannot read has to wait like any other.
        with suppress(StageError), self._stage.calling_off(record, lambda: called.append(True)):
            pass
        return bool(called)

    def _hasten(self, key: bytes) -> None:
        record = self._backlog.next_of(key)
        if record and self._is_unwanted(record):
            self._backlog.hasten(key)
            self._dispatch()

    async def _make_room(self, consumer: Consumer) -> None:
        paused = consumer.assignment()
        consumer.pause(paused)
        try:
            while not self._window.has_room(self._backlog):
                self._room.clear()
                await self._room.wait()
        finally:
            consumer.resume(paused & consumer.assignment())

    def _dispatch(self) -> None:
        crew = self._crew
        while crew and (unwanted := self._backlog.take_unwanted()):
            crew.squeeze()
            crew.start(unwanted)
        while crew and crew.ready():
            record = self._backlog.take()
            if record is None:  # all that waits, waits for its key or its lane
                crew.unready()
                break
            crew.start(record)
        self._metrics.in_work.labels(self._stage.name).set(crew.count if crew else 0)
        self._room.set()

    def _ended(self, record: Received, finished: bool) -> None:  # noqa: FBT001 - a callback has no keywords
        if finished:
            self._offsets.finish(record.at, record.offset)
        self._backlog.done(record)
        self._room.set()

    async def _leave(self, partitions: Collection[Partition], *, within: float) -> None:
        """Finishes or abandons everything of these partitions, and commits what is finished."""
        self._ours -= set(partitions)
        for at in partitions:
            self._new.pop(at, None)
        self._backlog.discard(partitions)
        if self._crew:
            await self._crew.leave(partitions, within=within)
        await self._ledger.leave(partitions)
        self._room.set()

    async def _watch_lag(self, consumer: Consumer) -> None:
        while True:
            lag: Mapping[Partition, int] = {}  # where it is unknown, the last known one stays
            with suppress(BusUnavailable):
                lag = await consumer.lag()
                self.behind = sum(lag.values())
            for topic, records in _by_topic(lag).items():
                self._metrics.lag.labels(self._stage.name, self._settings.group, topic).set(records)
            await asyncio.sleep(LAG_SECONDS)


def _by_topic(lag: Mapping[Partition, int]) -> Counter[str]:
    total: Counter[str] = Counter()
    for partition, records in lag.items():
        total[partition.topic] += records
    return total
