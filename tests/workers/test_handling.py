"""A record is answered for in one of three ways: with what follows from it, with a dead letter, or not before Kafka is back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace

import pytest

from bus.errors import BusUnavailable, OffsetOutOfRange
from bus.memory.bus import MemoryBus
from bus.records import Partition, Receipt, Received, Record
from runtime.clock import SystemClock
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.kafka import ProducerSettings, TopicSettings
from runtime.settings.workers import RetrySettings
from runtime.tracing.tracer import Tracer
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from workers.dead_letter import DeadLetterLost
from workers.errors import ModelUnusable, Poison, StageError, Transient
from workers.handling import Handler
from workers.ledger import Ledger, untimed
from workers.membership import Membership
from workers.outbox import Outbox, Undeliverable, Unread
from workers.retry import Backoff
from workers.scan import scan
from workers.topics import DEAD_LETTERS

SIGNER = Signer("k" * 32)
BACKOFF = Backoff(RetrySettings(attempts=3, first=0.001, longest=0.001), draw=lambda: 1.0)


class ScriptedStage:
    """Does what it is told, in order; at the end of the script it succeeds."""

    name: str = "scripted"
    topics: tuple[str, ...] = ("in",)
    final: bool = False

    def __init__(self, *script: Exception, outcome: Sequence[Record] = ()) -> None:
        self.script = list(script)
        self.outcome = outcome
        self.handled = 0
        self.acknowledged: list[Record] = []
        self.asked: list[Record] = []
        self.there = False
        self.unwanted = False

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        self.handled += 1
        if self.script:
            raise self.script.pop(0)
        return self.outcome

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`; it is called off as soon as it rests."""
        if self.unwanted:
            call()
        return nullcontext()

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`."""
        return (Record(topic="out", key=record.key, value=f"sorry: {error.reason}".encode()),)

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""
        self.acknowledged.append(record)

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`."""
        self.asked.append(record)
        return self.there

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""


def received(*, signer: Signer = SIGNER, key: bytes | None = b"k") -> Received:
    """A record as the gateway writes it, or as somebody else does."""
    caller = Caller(user_id="alice", tier="free")
    envelope = Envelope(id="1", source="/test", type="rag.test.v1", time=0, caller=caller)
    headers = envelope.headers(topic="in", key=key or b"", body=b"body", signer=signer)
    return Received(topic="in", partition=2, offset=7, timestamp=0, key=key, value=b"body", headers=headers)


def out(value: str = "done") -> Record:
    """What follows."""
    return Record(topic="out", key=b"k", value=value.encode())


class Bench:
    """A handler on a bus in memory, and what it has written."""

    def __init__(self, bus: MemoryBus, stage: ScriptedStage, handler: Handler) -> None:
        self.bus = bus
        self.stage = stage
        self.rested: list[float] = []
        self._handler = handler

    async def handle(self, record: Received) -> None:
        """As `Handler.handle`."""
        await asyncio.wait_for(self._handler.handle(record, rest=self._rest), 10)

    async def on(self, topic: str) -> list[Received]:
        """Everything on a topic."""
        async with self.bus.reader() as reader:
            at = Partition(topic, 0)
            end = (await reader.bounds(at)).end
            return [record async for record in scan(reader, at, start=0, end=end)]

    async def _rest(self, seconds: float) -> None:
        self.rested.append(seconds)
        await asyncio.sleep(60 if self.stage.unwanted else 0.02)


@asynccontextmanager
async def bench(
    stage: ScriptedStage, *, topics: Sequence[str] = ("out", DEAD_LETTERS), tracer: Tracer | None = None
) -> AsyncIterator[Bench]:
    """The parts together."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.05))
    async with bus.admin() as admin, bus.producer() as producer:
        await admin.ensure({topic: TopicSettings(partitions=1) for topic in topics})
        outbox = Outbox(producer, backoff=BACKOFF, author=stage)
        ledger = Ledger(
            outbox=outbox,
            transactions=None,
            author=stage,
            membership=Membership(),
            backoff=BACKOFF,
            seconds=untimed,
        )
        handler = Handler(
            stage,
            signer=SIGNER,
            settle=ledger.settle,
            backoff=BACKOFF,
            metrics=WorkerMetrics(Registry()),
            clock=SystemClock(),
            tracer=tracer,
        )
        yield Bench(bus, stage, handler)


def value(record: Received) -> str:
    """As text."""
    return (record.value or b"").decode()


async def test_what_follows_is_written_in_order() -> None:
    """And the stage hears that it is."""
    async with bench(ScriptedStage(outcome=[out("1"), out("2")])) as works:
        await works.handle(received())
        assert [value(one) for one in await works.on("out")] == ["1", "2"]
        assert works.stage.acknowledged == [out("1"), out("2")]


async def test_what_may_pass_is_tried_again() -> None:
    """For as long as was asked, where something was."""
    async with bench(ScriptedStage(Transient("busy", "x", retry_after=9.0), Transient("busy", "x"))) as works:
        await works.handle(received())
        assert works.stage.handled == 3
        assert works.rested == [9.001, 0.001]
        assert await works.on(DEAD_LETTERS) == []


async def test_what_is_called_off_does_not_rest() -> None:
    """It is handled again at once, as often as is allowed and no oftener."""
    async with bench(ScriptedStage(*[Transient("busy", "x", retry_after=60.0)] * 9)) as works:
        works.stage.unwanted = True
        await works.handle(received())
        assert (works.stage.handled, len(works.rested)) == (3, 2)
        assert [value(one) for one in await works.on("out")] == ["sorry: busy"]


@pytest.mark.parametrize(
    ("error", "reason", "attempt"),
    [
        (Poison("malformed", "x"), "malformed", "1"),
        (Transient("busy", "x"), "busy", "3"),
        (KeyError("x"), "internal", "3"),
        (OffsetOutOfRange(partition=Partition("t", 0), offset=1, earliest=2), "bus", "3"),
    ],
)
async def test_what_does_not_pass_is_kept_aside(error: Exception, reason: str, attempt: str) -> None:
    """The record with all that it had, and why; whoever waits for it hears of it."""
    async with bench(ScriptedStage(*[error] * 3)) as works:
        record = received()
        await works.handle(record)
        (letter,) = await works.on(DEAD_LETTERS)
        assert (letter.key, letter.value) == (record.key, record.value)
        assert set(record.headers) <= set(letter.headers)
        assert {name: text.decode() for name, text in letter.headers if name.startswith("dlq-")} == {
            "dlq-reason": reason,
            "dlq-attempt": attempt,
            "dlq-origin-topic": "in",
            "dlq-origin-partition": "2",
            "dlq-origin-offset": "7",
        }
        assert [value(one) for one in await works.on("out")] == [f"sorry: {reason}"]


@pytest.mark.parametrize("record", [received(signer=Signer("x" * 32)), received(key=None)])
async def test_an_untrusted_record_never_reaches_the_stage(record: Received) -> None:
    """Nor does anyone hear of it."""
    async with bench(ScriptedStage()) as works:
        await works.handle(record)
        (letter,) = await works.on(DEAD_LETTERS)
        assert letter.header("dlq-reason") == "untrusted"
        assert (works.stage.handled, await works.on("out")) == (0, [])


async def test_a_header_that_is_there_twice_is_not_trusted() -> None:
    """The one that was signed could be another than the one that is read."""
    async with bench(ScriptedStage()) as works:
        signed = received()
        twice = Received(
            topic="in",
            partition=0,
            offset=0,
            timestamp=0,
            key=signed.key,
            value=signed.value,
            headers=(*signed.headers, ("user-tier", b"enterprise")),
        )
        await works.handle(twice)
        assert works.stage.handled == 0


async def test_an_outage_of_kafka_uses_up_no_attempts() -> None:
    """However often a stage runs into it."""
    async with bench(ScriptedStage(*[BusUnavailable(doing="x")] * 20, outcome=[out()])) as works:
        await works.handle(received())
        assert works.stage.handled == 21
        assert len(await works.on("out")) == 1


async def test_what_is_not_the_records_fault_uses_up_no_attempts() -> None:
    """A provider that refuses our key is waited for, until somebody has mended that."""
    refusal = ModelUnusable(provider="p", status=401, detail="who are you?")
    async with bench(ScriptedStage(*[refusal] * 20, outcome=[out()])) as works:
        await works.handle(received())
        assert works.stage.handled == 21
        assert await works.on(DEAD_LETTERS) == []


async def test_a_dead_letter_says_how_often_it_was_tried() -> None:
    """Also where what followed in the end was what Kafka did not take."""
    async with bench(ScriptedStage(Transient("busy", "x"), outcome=[out("x" * 2_000_000)])) as works:
        await works.handle(received())
        (letter,) = await works.on(DEAD_LETTERS)
        assert (letter.header("dlq-reason"), letter.header("dlq-attempt")) == ("undeliverable", "2")


async def test_what_follows_waits_for_kafka() -> None:
    """The stage is not asked again; only the writing is done again, after a look at whether it has landed."""
    async with bench(ScriptedStage(outcome=[out()])) as works:
        works.bus.stop()
        handling = asyncio.create_task(works.handle(received()))
        await asyncio.sleep(0.2)
        works.bus.start()
        await handling
        assert works.stage.handled == 1
        assert works.stage.asked[0] == out()
        assert len(await works.on("out")) == 1


async def test_what_has_landed_is_not_written_again() -> None:
    """A broker may take a record and die before it says so."""
    async with bench(ScriptedStage(outcome=[out()])) as works:
        works.stage.there = True
        works.bus.stop()
        handling = asyncio.create_task(works.handle(received()))
        await asyncio.sleep(0.2)
        works.bus.start()
        await handling
        assert await works.on("out") == []
        assert works.stage.acknowledged == [out()]


async def test_what_can_never_be_written_is_kept_aside() -> None:
    """A record that is too large, for example."""
    async with bench(ScriptedStage(outcome=[out("x" * 2_000_000)])) as works:
        await works.handle(received())
        (letter,) = await works.on(DEAD_LETTERS)
        assert letter.header("dlq-reason") == "undeliverable"


async def test_a_dead_letter_that_cannot_be_written_is_never_passed_over() -> None:
    """The worker must stop: else the record would be lost."""
    async with bench(ScriptedStage(Poison("malformed", "x")), topics=("out",)) as works:
        with pytest.raises(DeadLetterLost, match="could not be written") as caught:
            await works.handle(received())
        assert caught.value.record.topic == DEAD_LETTERS


async def test_a_dead_letter_that_is_too_large_goes_without_its_body() -> None:
    """One record that fills its topic's limit must not stop the worker for good: it still lies where the letter says."""
    async with bench(ScriptedStage()) as works:
        for key in (b"k", b"k" * 5000):
            await works.handle(replace(received(key=key), value=b"x" * 2_000_000, headers=(("junk", b""),)))
        letters = await works.on(DEAD_LETTERS)
        assert [letter.key for letter in letters] == [b"k", None]
        for letter in letters:
            assert letter.value is None
            assert (letter.header("dlq-reason"), letter.header("dlq-origin-offset")) == ("untrusted", "7")


async def test_a_refusal_inside_a_stage_is_final() -> None:
    """What it sent itself will not be taken either next time."""
    async with bench(ScriptedStage(Undeliverable("too large"))) as works:
        await works.handle(received())
        (letter,) = await works.on(DEAD_LETTERS)
        assert letter.header("dlq-reason") == "undeliverable"


async def test_an_unread_author_does_not_look() -> None:
    """It writes again in case of doubt."""
    assert not await Unread().landed(out())
