"""The loop takes on what it can finish, commits what is finished, and keeps to one key at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import Any

import pytest

from bus.memory.bus import MemoryBus
from bus.memory.cluster import wall_clock
from bus.memory.consumer import MemoryConsumer
from bus.records import Partition, Receipt, Received, Record
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.kafka import ConsumerSettings, TopicSettings
from runtime.settings.workers import StageSettings
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from tests.fixtures.settings import declared
from workers.aside import Aside
from workers.cancels import AHEAD_MS, Cancels, asked
from workers.errors import Poison, StageError
from workers.lanes import open_backlog
from workers.ledger import Ledger, untimed
from workers.loop import Loop
from workers.membership import Membership
from workers.outbox import Outbox, Rest
from workers.retry import Backoff
from workers.topics import CANCELS

AT = Partition("in", 0)
SIGNER = Signer("k" * 32)


def asking(key: bytes | None, *, tier: str = "free") -> Record:
    """A record of alice's."""
    return Record(topic="in", key=key, value=b"", headers=(("user-id", b"alice"), ("user-tier", tier.encode())))


class HeldHandler:
    """Handles what it is allowed to; a stage, too, that notes its partitions."""

    name: str = "held"
    topics: tuple[str, ...] = ("in",)
    final: bool = False

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.allowed: dict[int, asyncio.Event] = {}
        self.free = False
        self.rests: set[int] = set()
        self.aside = Aside()
        self.steps: set[int] = set()
        self.fails: set[int] = set()
        self.fails_late: set[int] = set()
        self.most = 0
        self.now = 0
        self.heard: list[tuple[str, int]] = []
        self.called_off: set[int] = set()
        self.calling_off_now = asyncio.Event()
        self.unreadable: set[int] = set()
        self.cancels: Cancels | None = None
        self.ended: list[int] = []

    async def __call__(self, record: Received, *, rest: Rest) -> None:
        """As `Handler.handle`."""
        self.begun.append(record.offset)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if record.offset in self.fails:
                raise ZeroDivisionError
            if record.offset in self.called_off:
                await self._rest_until_called_off(rest)
            elif record.offset in self.rests:
                self.now -= 1
                await rest(60.0)
            if record.offset in self.steps:
                async with self.aside.stepped():
                    await self.allowed.setdefault(record.offset, asyncio.Event()).wait()
            if not self.free:
                await self.allowed.setdefault(record.offset, asyncio.Event()).wait()
            if record.offset in self.fails_late:
                await rest(60.0)
            self.ended.append(record.offset)
        finally:
            self.now -= 1

    async def _rest_until_called_off(self, rest: Rest) -> None:
        self.now -= 1
        resting = asyncio.ensure_future(rest(60.0))
        await self.calling_off_now.wait()
        resting.cancel()
        await asyncio.wait({resting})
        self.now += 1

    def allow(self, *offsets: int) -> None:
        """Lets these end."""
        for offset in offsets:
            self.allowed.setdefault(offset, asyncio.Event()).set()

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`; the loop does not call it itself."""
        raise NotImplementedError

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`."""
        if record.offset in self.unreadable:
            raise Poison("malformed", "it cannot be read")
        assert self.cancels
        return self.cancels.telling(asked(record, at=record.timestamp), call)

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`."""
        raise NotImplementedError

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`."""
        raise NotImplementedError

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""
        self.heard.append(("assigned", len(partitions)))

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""
        self.heard.append(("revoked", len(partitions)))


class Bench:
    """A loop at work on a topic in memory."""

    def __init__(self, bus: MemoryBus, handler: HeldHandler, registry: Registry) -> None:
        self.bus = bus
        self.handler = handler
        self.registry = registry
        self.metrics = WorkerMetrics(registry)
        self.cancels = Cancels(stage="held", signer=SIGNER, metrics=self.metrics)
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.loop: Loop | None = None

    async def write(self, keys: str, *, tier: str = "free") -> None:
        """A record for each letter, which is its key."""
        async with self.bus.producer() as producer:
            for key in keys:
                await producer.put(asking(key.encode(), tier=tier))

    async def flood(self, count: int) -> None:
        """So many records of the lowest tier, without keys."""
        async with self.bus.producer() as producer:
            await asyncio.gather(*(producer.put(asking(None)) for _ in range(count)))

    def cancel(self, key: str, *, at: int = 0) -> None:
        """Its owner wants it no more, and the worker hears of it."""
        envelope = Envelope(
            id="1", source="/test", type="rag.query.cancelled.v1", time=0, caller=Caller(user_id="alice", tier="free")
        )
        headers = envelope.headers(topic=CANCELS, key=key.encode(), body=b"{}", signer=SIGNER)
        self.cancels.learn(
            Received(
                topic=CANCELS,
                partition=0,
                offset=0,
                timestamp=at or wall_clock(),
                key=key.encode(),
                value=b"{}",
                headers=headers,
            )
        )

    def waiting(self) -> int:
        """Records that were read and not begun."""
        assert self.loop
        return len(self.loop._backlog)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Returns when it holds."""
        async with asyncio.timeout(5):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.001)

    async def ends(self) -> None:
        """Stops the loop."""
        assert self.task
        self.stop.set()
        await asyncio.wait_for(self.task, 5)

    def committed(self) -> int:
        """The offset that is stored, as a look at the group says."""
        stored = self.bus._cluster.group("g").committed(AT)
        return stored.offset if stored else 0

    async def left(self) -> list[int]:
        """What a successor is given, to the end of the log; where that should be nothing, it listens for a while."""
        found: list[int] = []
        uncommitted = self.bus._cluster.log(AT).bounds.end - self.committed()
        async with self.bus.consumer(group="g", topics=["in"]) as consumer:
            with suppress(TimeoutError):
                async with asyncio.timeout(5 if uncommitted else 0.05):
                    async for batch in consumer.batches():
                        found += [record.offset for record in batch]
                        if len(found) == uncommitted:
                            break
        return found


@asynccontextmanager
async def working(
    *, concurrency: int = 2, drain: float = 0.05, max_batch: int = 3, window: int = 10_000
) -> AsyncIterator[Bench]:
    """A bench whose loop is stopped at the end."""
    bus = MemoryBus(consumer=ConsumerSettings(max_batch=max_batch))
    async with bus.admin() as admin:
        await admin.ensure({"in": TopicSettings(partitions=1)})
    bench = Bench(bus, HeldHandler(), Registry())
    settings = StageSettings(group="g", concurrency=concurrency, window=window)
    backoff = Backoff(settings.retry, draw=lambda: 0.0)
    async with bus.producer() as producer:
        loop = Loop(
            bench.handler,
            handle=bench.handler,
            ledger=Ledger(
                outbox=Outbox(producer, backoff=backoff, author=bench.handler),
                transactions=None,
                author=bench.handler,
                membership=Membership(),
                backoff=backoff,
                seconds=untimed,
            ),
            backlog=open_backlog(declared()[0], concurrency=concurrency),
            cancels=bench.cancels,
            settings=settings,
            drain=drain,
            metrics=bench.metrics,
            aside=bench.handler.aside,
        )
        bench.loop = loop
        bench.handler.cancels = bench.cancels
        bench.task = asyncio.create_task(loop.run(bus, bench.stop))
        try:
            yield bench
        finally:
            if not bench.task.done():
                await bench.ends()


async def test_only_so_many_are_in_work() -> None:
    """The next begins when one ends."""
    async with working() as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 2)
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0, 1]
        bench.handler.allow(1)
        await bench.until(lambda: bench.handler.begun == [0, 1, 2])
        bench.handler.free = True
        bench.handler.allow(0, 2)
        await bench.until(lambda: len(bench.handler.begun) == 4)
        assert bench.handler.most == 2


async def test_a_key_waits_for_itself_only() -> None:
    """Its second record begins when its first has ended; others go on."""
    async with working() as bench:
        await bench.write("aabc")
        await bench.until(lambda: bench.handler.begun == [0, 2])
        bench.handler.allow(2)
        await bench.until(lambda: bench.handler.begun == [0, 2, 3])
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.begun == [0, 2, 3, 1])
        bench.handler.allow(1, 3)


async def test_a_flood_stands_in_its_own_lane() -> None:
    """Of two thousand that wait, an enterprise query waits for two at most; and the flood moves beside it."""
    async with working(max_batch=500) as bench:
        await bench.flood(2000)
        await bench.until(lambda: bench.waiting() == 2000 - 2)
        await bench.write("e", tier="enterprise")
        await bench.until(lambda: bench.waiting() == 2000 - 2 + 1)
        bench.handler.allow(0, 1)
        await bench.until(lambda: len(bench.handler.begun) == 4)
        assert 2000 in bench.handler.begun
        await bench.write("fghi", tier="enterprise")
        await bench.until(lambda: bench.waiting() == 2000 - 3 + 4)
        bench.handler.allow(*range(2005))
        await bench.until(lambda: len(bench.handler.ended) == 2005)
        assert [offset for offset in bench.handler.begun if offset < 2000] == list(range(2000))
    assert bench.committed() == 2005


async def test_reading_stops_at_the_window_and_goes_on_below_it() -> None:
    """What was not read stays in Kafka; nothing of it is left out."""
    async with working(concurrency=1, max_batch=4, window=16) as bench:
        await bench.flood(100)
        await bench.until(lambda: bench.waiting() >= 16)
        await asyncio.sleep(0.01)
        assert 16 <= bench.waiting() < 16 + 4
        assert bench.loop
        assert isinstance(bench.loop._consumer, MemoryConsumer)
        assert bench.loop._consumer._paused == {AT}
        bench.handler.free = True
        bench.handler.allow(0)
        await bench.until(lambda: len(bench.handler.ended) == 100)
        assert bench.handler.ended == list(range(100))
        assert not bench.loop._consumer._paused


async def test_what_is_cancelled_waits_for_no_turn() -> None:
    """Neither behind others nor for a slot, be it read before its cancel or after it."""
    async with working(concurrency=1) as bench:
        await bench.write("abcd")
        await bench.until(lambda: bench.waiting() == 3)
        bench.cancel("d")
        await bench.until(lambda: bench.handler.begun == [0, 3])
        bench.cancel("e")
        await bench.write("e")
        await bench.until(lambda: bench.handler.begun == [0, 3, 4])
        bench.handler.allow(3, 4)
        await bench.until(lambda: bench.handler.ended == [3, 4])
        assert bench.waiting() == 2
        bench.handler.allow(0, 1, 2)
        await bench.until(lambda: bench.handler.ended == [3, 4, 0, 1, 2])


async def test_only_what_is_cancelled_is_hastened() -> None:
    """Not what bears the name of something that was, nor what cannot be read."""
    async with working(concurrency=1) as bench:
        bench.handler.unreadable = {2}
        bench.cancel("b", at=wall_clock() - 2 * AHEAD_MS)
        await bench.write("abc")
        await bench.until(lambda: bench.waiting() == 2)
        bench.cancel("c")
        bench.cancel("z")
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0]
        bench.handler.free = True
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.ended == [0, 1, 2])


async def test_what_rests_keeps_nobody_from_work() -> None:
    """But its key, and how many of a lane have begun is bounded all the same."""
    async with working() as bench:
        bench.handler.rests = {0, 1}
        bench.handler.free = True
        await bench.write("abcde")
        await bench.until(lambda: set(bench.handler.begun) == set(range(5)))
        bench.handler.rests = set(range(100))
        await bench.write("fghijklmnopqrst")
        await bench.until(lambda: len(bench.handler.begun) >= 5 + 2)
        await asyncio.sleep(0.02)
        # Two rest since before, and two more may: the others wait, and lose none of their tries to what makes these rest.
        assert len(bench.handler.begun) == 5 + 2
    assert await bench.left() != []


async def test_what_steps_aside_keeps_nobody_from_work() -> None:
    """It has its slot back before anything else begins, and leaves at once with its partition."""
    async with working(concurrency=1, drain=5.0) as bench:
        bench.handler.steps = {0, 3}
        await bench.write("abcd")
        await bench.until(lambda: bench.handler.begun == [0, 1])
        bench.handler.allow(0)
        bench.handler.allow(1)
        await bench.until(lambda: bench.handler.ended == [1, 0])
        await bench.until(lambda: bench.handler.begun == [0, 1, 2])
        bench.handler.allow(2)
        await bench.until(lambda: bench.handler.begun == [0, 1, 2, 3])
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [3]


async def test_a_rest_that_is_called_off_goes_on_although_nothing_is_free() -> None:
    """What is left to do then is so little that it does not wait for a slot, and it takes none away."""
    async with working(concurrency=1) as bench:
        bench.handler.called_off = {0}
        await bench.write("abc")
        await bench.until(lambda: bench.handler.begun == [0, 1])
        bench.handler.calling_off_now.set()
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.ended == [0])
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0, 1]
        bench.handler.allow(1, 2)
        await bench.until(lambda: bench.handler.ended == [0, 1, 2])


async def test_a_successor_begins_at_the_first_unfinished_record() -> None:
    """Whatever was finished after it."""
    async with working(concurrency=4) as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 4)
        bench.handler.allow(0, 2, 3)
        await bench.until(lambda: bench.handler.now == 1)
        await bench.ends()
        assert await bench.left() == [1, 2, 3]


async def test_stopping_waits_for_what_is_in_work() -> None:
    """And takes on nothing new."""
    async with working(drain=5.0) as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 2)
        bench.stop.set()
        await asyncio.sleep(0.01)
        bench.handler.allow(0, 1)
        await bench.ends()
        assert bench.handler.begun == [0, 1]
        assert await bench.left() == [2, 3]


async def test_stopping_does_not_wait_for_what_rests() -> None:
    """Its next try is its successor's."""
    async with working(drain=5.0) as bench:
        bench.handler.rests = {0}
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        await asyncio.sleep(0)
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [0]


async def test_what_would_rest_while_its_partition_leaves_is_left_too() -> None:
    """There is no time for another try."""
    async with working(drain=5.0) as bench:
        bench.handler.fails_late = {0}
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        bench.stop.set()
        await asyncio.sleep(0.01)
        bench.handler.allow(0)
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [0]


async def test_offsets_are_committed_while_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that little is done again after a kill -9."""
    monkeypatch.setattr("workers.ledger.COMMIT_SECONDS", 0.01)
    async with working() as bench:
        bench.handler.free = True
        await bench.write("abc")
        await bench.until(lambda: len(bench.handler.begun) == 3)
        await bench.until(lambda: bench.committed() == 3)


async def test_an_outage_delays_commits_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made up for when Kafka is back."""
    monkeypatch.setattr("workers.ledger.COMMIT_SECONDS", 0.01)
    monkeypatch.setattr("workers.loop.LAG_SECONDS", 0.01)
    async with working() as bench:
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        bench.bus.stop()
        bench.handler.allow(0)
        await asyncio.sleep(0.05)
        bench.bus.start()
    assert await bench.left() == []


async def test_an_error_of_a_handler_ends_the_worker() -> None:
    """A handler only raises what a worker cannot live with; the record is left to a successor."""
    async with working() as bench:
        bench.handler.fails = {1}
        await bench.write("ab")
        assert bench.task
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(bench.task, 5)
        assert caught.group_contains(ZeroDivisionError)
        assert await bench.left() == [0, 1]


async def test_the_stage_hears_of_its_partitions_and_the_lag_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps things for each of them."""
    monkeypatch.setattr("workers.loop.LAG_SECONDS", 0.01)
    async with working() as bench:
        await bench.until(lambda: bench.handler.heard == [("assigned", 1)])
        await bench.until(lambda: b'worker_lag_records{group="g",stage="held",topic="in"} 0.0' in bench.registry.page())
    assert bench.handler.heard == [("assigned", 1), ("revoked", 1)]


async def test_a_partition_that_is_lost_is_let_go_at_once() -> None:
    """Another may have it already: whoever slept too long must not go on writing about it."""
    async with working(drain=60.0) as bench:
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        assert bench.loop
        consumer = bench.loop._consumer
        assert isinstance(consumer, MemoryConsumer)
        consumer.owned.clear()
        async with asyncio.timeout(4):
            await bench.loop.revoked({AT})
        assert (bench.handler.now, bench.committed()) == (0, 0)
