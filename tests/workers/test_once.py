"""Whatever is killed, stopped, cut off or left in doubt: each record has its outcome, and has it once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bus.memory.bus import MemoryBus
from bus.records import Partition, Receipt, Received, Record
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.kafka import ConsumerSettings, TopicSettings
from runtime.settings.workers import RetrySettings, StageSettings
from schemas.signature import Signer
from tests.fixtures.settings import declared
from tests.fixtures.severable import SeverableBus
from workers.cancels import Cancels
from workers.errors import StageError
from workers.lanes import open_backlog
from workers.ledger import Ledger, untimed
from workers.loop import Loop
from workers.membership import Membership
from workers.outbox import Outbox, Rest
from workers.outcome import Outcome
from workers.retry import Backoff

GATEWAY = declared()[0]
PARTITIONS = 3
TURNS = 10  # of the loop, in one step of a record or of the story
SETTINGS = StageSettings(group="g", concurrency=4, retry=RetrySettings(first=0.0005, longest=0.001))
BACKOFF = Backoff(SETTINGS.retry, draw=lambda: 1.0)

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 30)),
        st.tuples(st.sampled_from(["start", "kill", "stop"]), st.just(0)),
        st.tuples(st.just("doubt"), st.integers(0, 1)),
        st.tuples(st.sampled_from(["outage", "back"]), st.just(0)),
        st.tuples(st.just("pass"), st.integers(0, 4)),
    ),
    max_size=25,
)


class Echo:
    """A stage: one final record for each. It takes a few turns of the loop, by the record, so that they end in any order."""

    name: str = "echo"
    topics: tuple[str, ...] = ("in",)
    final: bool = True

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        for _ in range(record.offset * 7 % 5 * TURNS):
            await asyncio.sleep(0)
        return (Record(topic="out", key=record.key, value=record.value),)

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`."""
        return nullcontext()

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`."""
        return ()

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`."""
        return False

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""


class Hand:
    """A worker of that stage."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = SeverableBus(bus)
        self.stopping = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        stage = Echo()
        async with self.bus.producer() as producer, self.bus.transactions(name=str(id(self))) as transactions:
            ledger = Ledger(
                outbox=Outbox(producer, backoff=BACKOFF, author=stage),
                transactions=transactions,
                author=stage,
                membership=Membership(),
                backoff=BACKOFF,
                seconds=untimed,
            )

            async def handle(record: Received, *, rest: Rest) -> None:
                await ledger.settle(record, Outcome(await stage.handle(record), final=True), rest=rest)

            metrics = WorkerMetrics(Registry())
            loop = Loop(
                stage,
                handle=handle,
                ledger=ledger,
                backlog=open_backlog(GATEWAY, concurrency=SETTINGS.concurrency),
                cancels=Cancels(stage=stage.name, signer=Signer("k" * 32), metrics=metrics),
                settings=SETTINGS,
                drain=0.01,
                metrics=metrics,
            )
            await loop.run(self.bus, self.stopping)

    async def kill(self) -> None:
        """As kill -9: nothing that it does afterwards arrives."""
        self.bus.sever()
        self.task.cancel()
        await asyncio.wait({self.task}, timeout=10)

    async def stop(self) -> None:
        """As SIGTERM."""
        self.stopping.set()
        await asyncio.wait_for(self.task, 10)


class Story:
    """A topic, its workers, and what happens to them."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus
        self.hands: list[Hand] = []
        self.written = 0

    async def act(self, what: str, number: int) -> None:
        """The next thing happens."""
        match what:
            case "write":
                await self._write(number)
            case "start" if len(self.hands) < PARTITIONS:
                self.hands.append(Hand(self.bus))
            case "kill" if self.hands:
                await self.hands.pop(0).kill()
            case "stop" if self.hands:
                self.bus.start()  # in memory, a member that goes waits for one that comes, and that one for the cluster
                await self.hands.pop().stop()
            case "doubt":
                self.bus.doubt(landed=bool(number))
            case "outage":
                self.bus.stop()
            case "back":
                self.bus.start()
            case "pass":
                for _ in range(TURNS * number):
                    await asyncio.sleep(0)

    async def end(self) -> Counter[bytes]:
        """Everything is well again, and what was left is done; how often each record has its outcome."""
        self.bus.start()
        self.hands.append(Hand(self.bus))
        outcomes: Counter[bytes] = Counter()
        async with asyncio.timeout(20), self.bus.tail(topics=["out"], start=_starts("out")) as tail:
            if self.written:
                async for batch in tail.batches():
                    outcomes.update(record.value or b"" for record in batch)
                    if len(outcomes) == self.written:
                        break
        for hand in self.hands:
            await hand.stop()
        async with self.bus.reader() as reader:
            for at in _starts("out"):
                known = (await reader.bounds(at)).end
                assert known == len(await reader.read(at, 0, limit=10_000))
            return Counter(
                [record.value or b"" for at in _starts("out") for record in await reader.read(at, 0, limit=10_000)]
            )

    async def _write(self, count: int) -> None:
        self.bus.start()
        async with self.bus.producer() as producer:
            for _ in range(count):
                value = b"%d" % self.written
                await producer.put(Record(topic="in", key=value, value=value))
                self.written += 1


def _starts(topic: str) -> dict[Partition, int]:
    return {Partition(topic, number): 0 for number in range(PARTITIONS)}


async def _tell(actions: Sequence[tuple[str, int]]) -> None:
    bus = MemoryBus(consumer=ConsumerSettings(max_batch=3))
    async with bus.admin() as admin, AsyncExitStack() as stack:
        await admin.ensure({topic: TopicSettings(partitions=PARTITIONS) for topic in ("in", "out")})
        story = Story(bus)
        for action in actions:
            await story.act(*action)
        outcomes = await story.end()
        assert outcomes == {b"%d" % number: 1 for number in range(story.written)}
        await stack.aclose()


@settings(deadline=None, max_examples=25)
@given(ACTIONS)
@example([("start", 0), ("write", 30), ("pass", 3), ("kill", 0)])
def test_each_record_has_one_outcome(actions: list[tuple[str, int]]) -> None:
    """The transactions of the ledger, its notes and the group's offsets, under everything that can happen to workers."""
    asyncio.run(_tell(actions))
