"""What ends a record and the offset that moves past it are entered together, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import pytest

from bus.memory.bus import MemoryBus
from bus.memory.consumer import MemoryConsumer
from bus.records import Partition, Receipt, Received, Record
from runtime.settings.kafka import TopicSettings
from runtime.settings.workers import RetrySettings
from workers.dead_letter import DeadLetterLost
from workers.ledger import Ledger, untimed
from workers.membership import Membership
from workers.note import decode
from workers.outbox import Outbox, Undeliverable
from workers.outcome import Outcome
from workers.retry import Backoff
from workers.scan import scan
from workers.topics import DEAD_LETTERS

AT = Partition("in", 0)
BACKOFF = Backoff(RetrySettings(first=0.001, longest=0.002), draw=lambda: 1.0)
LARGE = b"x" * 2_000_000


class Writer:
    """An author who notes what is written."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes | None, bool]] = []

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Author.written`."""
        self.heard.append((record.value, receipt is not None))

    async def landed(self, record: Record) -> bool:
        """As `Author.landed`."""
        raise NotImplementedError


class Desk:
    """A ledger at work on a topic in memory, of which every record is taken on."""

    def __init__(self, bus: MemoryBus, ledger: Ledger, author: Writer, member: MemoryConsumer) -> None:
        self.bus = bus
        self.ledger = ledger
        self.offsets = ledger.offsets
        self.author = author
        self.member = member

    def settle(self, offset: int, *records: Record, final: bool = True) -> asyncio.Future[None]:
        """Begins to enter what became of a record."""
        record = Received(topic="in", partition=0, offset=offset, timestamp=0, key=b"k", value=b"")
        settling: Awaitable[None] = self.ledger.settle(record, Outcome(records, final), rest=asyncio.sleep)
        return asyncio.ensure_future(asyncio.wait_for(settling, 10))

    async def written(self, topic: str = "out") -> list[bytes | None]:
        """What is on a topic."""
        async with self.bus.reader() as reader:
            at = Partition(topic, 0)
            end = (await reader.bounds(at)).end
            return [record.value async for record in scan(reader, at, start=0, end=end)]

    async def finished(self) -> set[int]:
        """What Kafka would tell a successor not to do again."""
        commit = (await self.member.committed([AT])).get(AT)
        return set(range(commit.offset)) | decode(commit.note, base=commit.offset) if commit else set()


def out(value: bytes, topic: str = "out") -> Record:
    """What follows."""
    return Record(topic=topic, key=b"k", value=value)


@asynccontextmanager
async def desk(*, records: int = 4, topics: Sequence[str] = ("in", "out", DEAD_LETTERS)) -> AsyncIterator[Desk]:
    """A desk with so many records taken on."""
    bus, author, membership = MemoryBus(), Writer(), Membership()
    async with bus.admin() as admin:
        await admin.ensure({topic: TopicSettings(partitions=1) for topic in topics})
    async with (
        bus.producer() as producer,
        bus.transactions(name="w") as transactions,
        bus.consumer(group="g", topics=["in"]) as member,
    ):
        for number in range(records):
            await producer.put(Record(topic="in", key=b"%d" % number, value=b""))
        ledger = Ledger(
            outbox=Outbox(producer, backoff=BACKOFF, author=author),
            transactions=transactions,
            author=author,
            membership=membership,
            backoff=BACKOFF,
            seconds=untimed,
        )
        async with ledger.open(member), asyncio.timeout(20):
            async for batch in member.batches():
                for record in batch:
                    ledger.offsets.begin(record.at, record.offset)
                break
            yield Desk(bus, ledger, author, member)


async def test_what_is_final_and_its_offset_are_there_together() -> None:
    """Whatever is unfinished before it, a successor will not do it again."""
    async with desk() as work:
        await work.settle(2, out(b"a"), out(b"b"))

        assert await work.written() == [b"a", b"b"]
        assert await work.finished() == {2}
        assert work.author.heard == [(b"a", True), (b"b", True)]


async def test_what_is_not_final_is_written_at_once() -> None:
    """Its offset follows with the next commit."""
    async with desk() as work:
        await work.settle(0, out(b"a"), final=False)

        assert await work.written() == [b"a"]
        assert await work.finished() == set()
        work.offsets.finish(AT, 0)
        await work.ledger.leave([])
        assert await work.finished() == {0}


async def test_many_that_end_at_the_same_time_share_a_transaction() -> None:
    """One that is refused for good takes no other with it."""
    async with desk() as work:
        settling = [work.settle(0, out(b"a")), work.settle(1, out(LARGE)), work.settle(3, out(b"d"))]
        done = await asyncio.gather(*settling, return_exceptions=True)

        assert [type(one) for one in done] == [type(None), Undeliverable, type(None)]
        assert await work.written() == [b"a", b"d"]
        assert await work.finished() == {0, 3}


async def test_an_outage_is_waited_out() -> None:
    """Then everything is there, once."""
    async with desk() as work:
        work.bus.stop()
        settling = work.settle(0, out(b"a"))
        await asyncio.sleep(0.02)
        assert not settling.done()
        work.bus.start()
        await settling

        assert (await work.written(), await work.finished()) == ([b"a"], {0})


@pytest.mark.parametrize("landed", [True, False])
async def test_what_is_in_doubt_is_looked_up(landed: bool) -> None:  # noqa: FBT001 - of the parametrization
    """Kafka went away while it decided: the offset that is stored tells how it did, and nothing is written twice."""
    async with desk() as work:
        work.bus.doubt(landed=landed)
        await work.settle(1, out(b"a"))

        assert (await work.written(), await work.finished()) == ([b"a"], {1})
        assert work.author.heard == [(b"a", not landed)]


async def test_what_another_has_now_is_left_to_it() -> None:
    """Nothing of it is written; what is still ours goes on."""
    async with desk() as work:
        work.member.owned.clear()
        settling = work.settle(0, out(b"a"))
        with pytest.raises(asyncio.CancelledError):
            await settling

        assert (await work.written(), work.author.heard) == ([], [])


async def test_who_no_longer_waits_is_not_written() -> None:
    """A record whose partition left during an outage is its next owner's."""
    async with desk() as work:
        work.bus.stop()
        settling = work.settle(0, out(b"a"))
        await asyncio.sleep(0.01)
        settling.cancel()
        await asyncio.wait({settling})
        work.bus.start()
        await work.settle(1, out(b"b"))

        assert (await work.written(), await work.finished()) == ([b"b"], {1})


async def test_a_dead_letter_that_is_too_large_goes_without_its_body() -> None:
    """With it what its user hears, in one transaction."""
    async with desk() as work:
        await work.settle(0, out(LARGE, DEAD_LETTERS), out(b"sorry"))

        assert (await work.written(DEAD_LETTERS), await work.written()) == ([None], [b"sorry"])


async def test_a_dead_letter_that_is_refused_ends_the_worker() -> None:
    """Its offset does not move."""
    async with desk(topics=("in", "out")) as work:
        with pytest.raises(DeadLetterLost):
            await work.settle(0, out(b"x", DEAD_LETTERS), out(b"sorry"))

        assert (await work.written(), await work.finished()) == ([], set())


async def test_what_was_finished_before_is_learnt() -> None:
    """A partition comes with what its last owner has entered."""
    async with desk() as work:
        await work.settle(2, out(b"a"))
        work.offsets.forget([AT])
        await work.ledger.resume([AT])

        assert [work.offsets.begin(AT, offset) for offset in range(4)] == [True, True, False, True]
