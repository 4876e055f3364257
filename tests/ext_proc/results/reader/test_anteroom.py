"""However many wait, a round leaves everybody else their turns."""

import asyncio

from bus.records import Partition, Received
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.reader.anteroom import SLICE, Anteroom, Guest
from ext_proc.results.reader.lane import Lane
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from tests.ext_proc.results.prospects import Told

GREETING = Opening(greeting="queued", data={"query_id": "k"})


def waiting(anteroom: Anteroom, key: str = "k") -> Guest:
    """One more who waits."""
    wants = Subscription(topic="t", key=key, user_id="alice", tier="free", query_id=key, known_by="q", since=1)
    subscriber = Subscriber(wants=wants, limit=1)
    lane = Lane(subscriber)
    lane.follow(Channel(Horizon(at=Partition("t", 0), floor=0, before=0, position=0), key=key.encode()))
    guest = Guest(subscriber=subscriber, anteroom=anteroom)
    guest.begin(GREETING)
    return guest


def proved(*keys: str) -> Proofs:
    """Queries that were asked at 5."""
    proofs = Proofs(limit=1000)
    for key in keys:
        headers = (("user-id", b"alice"),)
        record = Received(topic="q", partition=0, offset=0, timestamp=5, key=key.encode(), value=b"{}", headers=headers)
        proofs.add(record)
    return proofs


async def test_a_round_takes_turns() -> None:
    """No turn of the loop looks at more than so many, and the round at all of them but those that have left."""
    told = Told()
    anteroom = Anteroom(proofs=proved("k"), prospects=told, every=0.0)
    guests = [waiting(anteroom) for _ in range(SLICE * 3 + 1)]
    assert len(guests) == len(told.asked)
    told.asked.clear()
    making = asyncio.create_task(anteroom._round())
    seen = 0
    while not making.done():
        await asyncio.sleep(0)
        assert len(told.asked) - seen <= SLICE
        if not seen:
            guests[-1].end()
        seen = len(told.asked)
    assert seen == len(guests) - 1


async def test_not_too_often() -> None:
    """A reader that was just told is left alone for a while, whatever changes; one that knows nothing is not."""
    told = Told()
    anteroom = Anteroom(proofs=proved("k", "l"), prospects=told, every=3600.0)
    ignorant = waiting(anteroom, "l")
    told.set(3, 30)
    knowing = waiting(anteroom)
    told.set(2, 20)
    await anteroom._round()
    assert knowing.news() is None
    assert ignorant.news() == {"query_id": "l", "position": 2, "eta_seconds": 20}
    assert ignorant.news() is None


async def test_what_is_told_late_is_the_newest() -> None:
    """A reader that was slow to take it is told what has become of it meanwhile, once."""
    told = Told()
    anteroom = Anteroom(proofs=proved("k"), prospects=told, every=0.0)
    guest = waiting(anteroom)
    for position in (3, 2):
        told.set(position)
        await anteroom._round()
    assert guest.news() == {"query_id": "k", "position": 2}
    assert guest.news() is None


async def test_what_comes_too_late_is_not_told() -> None:
    """The query has begun before its reader could be told where it stood."""
    told = Told()
    anteroom = Anteroom(proofs=proved("k"), prospects=told, every=0.0)
    guest = waiting(anteroom)
    told.set(1)
    await anteroom._round()
    guest.end()
    assert guest.news() is None
    guest.end()
