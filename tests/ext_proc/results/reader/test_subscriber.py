"""One reader's place in a channel."""

import asyncio

from bus.records import Partition
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.event import Event
from ext_proc.results.reader.subscriber import TAKE, Subscriber
from ext_proc.results.reader.subscription import Subscription
from tests.ext_proc.results.records import record

WANTS = Subscription(topic="t", key="k", user_id="alice", tier="free", query_id="k")


def subscriber(*, limit: int = 3) -> Subscriber:
    """A reader of an empty channel."""
    made = Subscriber(wants=WANTS, limit=limit)
    made.join(Channel(Horizon(at=Partition("t", 0), floor=0, before=0, position=0)))
    return made


def arrive(reader: Subscriber, offset: int, user: str = "alice") -> None:
    """One more event."""
    reader.channel.append(Event(record(offset, user=user)))
    reader.channel.horizon.position = offset + 1
    reader.arrived()


def test_takes_its_own_in_order() -> None:
    """Each event is taken once; another user's is passed over and never seen."""
    reader = subscriber()
    for offset, user in enumerate(["alice", "bob", "alice", "bob"]):
        arrive(reader, offset, user)
    assert reader.has_news
    assert [event.offset for event in reader.take()] == [0, 2]
    assert reader.cursor == 4
    assert not reader.has_news
    assert not reader.take()


def test_no_owner_is_nobodys() -> None:
    """A record without `user-id` is shown to nobody, not even to a user without a name."""
    reader = Subscriber(wants=Subscription(topic="t", key="k", user_id="", tier="", query_id=""), limit=1)
    event = Event(record(0))
    event.user_id = None
    assert not reader.sees(event)


def test_cut_only_when_blocked() -> None:
    """However much comes in one turn, a reader whose socket takes more is not cut; one that is stuck is, once."""
    reader, cuts = subscriber(limit=3), list[int]()
    reader.on_cut(lambda: cuts.append(1))
    for offset in range(10):
        arrive(reader, offset)
    reader.take()
    reader.blocked = True
    for offset in range(10, 13):
        arrive(reader, offset)
    assert not cuts
    arrive(reader, 13)
    arrive(reader, 14)
    assert cuts == [1]


def test_a_little_at_a_time() -> None:
    """A long backlog is taken in parts."""
    reader = subscriber()
    for offset in range(TAKE + 1):
        arrive(reader, offset)
    assert [len(reader.take()) for _ in range(3)] == [TAKE, 1, 0]


def test_moves() -> None:
    """The cursor follows other keys' records only while nothing of its own waits."""
    reader = subscriber()
    reader.channel.horizon.position = 50
    reader.catch_up()
    assert reader.cursor == 50
    arrive(reader, 60)
    reader.catch_up()
    assert reader.cursor == 50
    reader.moved(61)
    assert (reader.cursor, reader.behind) == (61, 0)


async def test_waits() -> None:
    """A wait ends at once if there were news before it, with the news, or with its time."""
    reader = subscriber()
    reader.wake()
    await asyncio.wait_for(reader.wait(100), 1)
    waiting = asyncio.create_task(reader.wait(100))
    await asyncio.sleep(0)
    reader.wake()
    reader.wake()
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(subscriber().wait(0.001), 1)


async def test_until() -> None:
    """A condition is asked again with all news, and given up in time."""
    reader, answers, loop = subscriber(), iter([False, True]), asyncio.get_running_loop()
    loop.call_soon(reader.wake)
    assert await asyncio.wait_for(reader.until(lambda: next(answers), end=loop.time() + 100), 1)
    assert not await reader.until(lambda: False, end=loop.time() + 0.001)
