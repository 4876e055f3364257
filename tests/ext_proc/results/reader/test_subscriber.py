"""One reader: what it sees, its lanes, and whether it keeps up."""

import asyncio
from dataclasses import replace

import pytest

from bus.records import Partition, Received
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.event import Event
from ext_proc.results.reader.lane import TAKE, Lane
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Filter, Subscription
from tests.ext_proc.results.records import record

WANTS = Subscription(topic="t", key="k", user_id="alice", tier="free", query_id="k")


def subscriber(*, limit: int = 3, lanes: int = 1, wants: Subscription = WANTS) -> Subscriber:
    """A reader of empty channels."""
    made = Subscriber(wants=wants, limit=limit)
    for number in range(lanes):
        lane = Lane(made)
        lane.follow(Channel(Horizon(at=Partition("t", number), floor=0, before=0, position=0)))
    return made


def arrive(lane: Lane, offset: int, user: str = "alice") -> None:
    """One more event."""
    lane.channel.append(Event(record(offset, user=user, partition=lane.number)))
    lane.channel.horizon.position = offset + 1
    lane.arrived()


def test_takes_in_order() -> None:
    """Each event is taken once."""
    lane = subscriber().lane
    for offset in range(4):
        arrive(lane, offset)
    assert lane.has_news
    assert [event.offset for event in lane.take()] == [0, 1, 2, 3]
    assert lane.cursor == 4
    assert not lane.has_news
    assert not lane.take()


def test_sees_its_own() -> None:
    """Another user's is not seen, unless owners do not matter."""
    other = Event(record(0, user="bob"))
    assert not subscriber().sees(other)
    assert subscriber(wants=replace(WANTS, owner=False)).sees(other)


def test_no_owner_is_nobodys() -> None:
    """A record without `user-id` is shown to nobody, not even to a user without a name."""
    reader = Subscriber(wants=replace(WANTS, user_id=""), limit=1)
    event = Event(replace(record(0), headers=()))
    assert not reader.sees(event)


def test_conditions() -> None:
    """Every condition must hold; a header that is not there holds none."""
    both = (Filter(header="shop", values=frozenset({"s1", "s2"})), Filter(header="region", values=frozenset({""})))
    reader = subscriber(wants=replace(WANTS, filters=both))
    seen = [
        reader.sees(
            Event(replace(record(0), headers=(("user-id", b"alice"), *more)), keep=frozenset({"shop", "region"}))
        )
        for more in (
            (("shop", b"s2"), ("region", b"")),
            (("shop", b"s3"), ("region", b"")),
            (("shop", b"s1"),),
            (("shop", b"s1"), ("region", b""), ("region", b"")),
        )
    ]
    assert seen == [True, False, False, False]


@pytest.mark.parametrize(("signed", "asked"), [(True, 1), (False, 0)])
def test_signed(signed: bool, asked: int) -> None:  # noqa: FBT001 - a parameter of pytest
    """A record that Sluice has not signed is seen only where that was declared; nobody is asked where it does not matter."""
    questions = list[Received]()

    def nobody(found: Received) -> bool:
        questions.append(found)
        return False

    reader = Subscriber(wants=replace(WANTS, signed=signed), limit=1, trust=nobody)
    assert reader.sees(Event(record(0))) is not signed
    assert not reader.sees(Event(record(0, user="bob")))
    assert len(questions) == asked


def test_shows() -> None:
    """Where names are given, events of other names are not wanted."""
    assert subscriber().shows("delta")
    only = subscriber(wants=replace(WANTS, only=("done",)))
    assert [only.shows(name) for name in ("done", "delta", "")] == [True, False, False]


def test_cut_only_when_blocked() -> None:
    """However much comes in one turn, a reader whose socket takes more is not cut; one that is stuck is, once."""
    reader, cuts = subscriber(limit=3, lanes=2, wants=replace(WANTS, key=None)), list[int]()
    first, second = reader.lanes
    reader.on_cut(lambda: cuts.append(1))
    for offset in range(10):
        arrive(first, offset)
    first.take()
    reader.blocked = True
    for offset in range(3):
        arrive(second, offset)
    assert not cuts
    arrive(first, 10)
    arrive(first, 11)
    assert cuts == [1]


def test_a_little_at_a_time() -> None:
    """A long backlog is taken in parts."""
    lane = subscriber().lane
    for offset in range(TAKE + 1):
        arrive(lane, offset)
    assert [len(lane.take()) for _ in range(3)] == [TAKE, 1, 0]


def test_moves() -> None:
    """The cursor follows other keys' records only while nothing of its own waits; the position goes with it."""
    reader = subscriber()
    lane = reader.lane
    lane.channel.horizon.position = 50
    reader.catch_up()
    assert (lane.cursor, reader.position.id()) == (50, "v1.0.49")
    arrive(lane, 60)
    reader.catch_up()
    assert lane.cursor == 50
    lane.moved(61)
    assert (lane.cursor, lane.waiting) == (61, 0)


def test_lanes_take_turns() -> None:
    """One that is never empty does not keep the others waiting, and one that has nothing to do is passed over."""
    reader = subscriber(lanes=3, wants=replace(WANTS, key=None))
    first, _, third = reader.lanes
    for offset in range(3):
        arrive(first, offset)
    arrive(third, 0)
    turns = list[int]()
    while lane := reader.turn():
        turns.append(lane.number)
        lane.cursor += 1
        reader.again(lane)
    assert turns == [0, 2, 0, 0]


async def test_waits() -> None:
    """A wait ends at once if there were news before it, with the news, or with its time."""
    reader = subscriber()
    await asyncio.wait_for(reader.wait(100), 10)
    waiting = asyncio.create_task(reader.wait(100))
    await asyncio.sleep(0)
    reader.lane.wake()
    reader.wake()
    await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(subscriber(lanes=0).wait(0.001), 10)


async def test_until() -> None:
    """A condition is asked again with all news, and given up in time."""
    reader, answers, loop = subscriber(), iter([False, True]), asyncio.get_running_loop()
    loop.call_soon(reader.wake)
    assert await asyncio.wait_for(reader.until(lambda: next(answers), end=loop.time() + 100), 10)
    assert not await reader.until(lambda: False, end=loop.time() + 0.001)
