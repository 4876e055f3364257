"""A key covers a whole upload: what was acknowledged is answered again, from any replica, and stored once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ext_proc.bulk.ending import Ending
from ext_proc.reply import Reply
from tests.ext_proc.bulk.uploads import Pieces, Told, body, chunk, keyed
from tests.fixtures.processor import JSON
from tests.fixtures.replicas import Replica, Site, until

LEASE = 15_000
LINES = [chunk(n) for n in range(10)]


@pytest.fixture
def site() -> Site:
    """A cluster for replicas."""
    return Site()


@pytest.fixture
async def one(site: Site) -> AsyncIterator[Replica]:
    """A replica."""
    async with site.replica() as replica:
        yield replica


@pytest.fixture
async def two(site: Site) -> AsyncIterator[Replica]:
    """Another one."""
    async with site.replica() as replica:
        yield replica


async def stored(replica: Replica) -> list[int]:
    """The numbers of the chunks that were written, sorted; what is written twice is there twice."""
    records = await replica.processor.records("rag.chunks")
    return sorted(int((record.key or b"").split(b"#")[1]) for record in records)


async def test_a_finished_upload_is_answered_again(one: Replica, two: Replica) -> None:
    """By another replica too: the same receipts, told to be replayed, and nothing is stored twice."""
    first, over = await keyed(one.processor, Pieces([body(*LINES)]), every=3)
    assert over is None
    again, over = await keyed(two.processor, Pieces([body(*LINES)]), unique=8, every=4)
    assert over is None
    assert [{**each, "replayed": True} for each in first] == again
    assert await stored(one) == list(range(10))


async def test_it_is_answered_after_all_have_restarted(site: Site) -> None:
    """What is known is in the log."""
    async with site.replica() as replica:
        await keyed(replica.processor, Pieces([body(*LINES)]), every=3)
    async with site.replica() as replica:
        again, over = await keyed(replica.processor, Pieces([body(*LINES)]), unique=8)
        assert over is None
        assert all(each["replayed"] for each in again)
        assert await stored(replica) == list(range(10))


async def test_a_cut_upload_is_gone_on_with(one: Replica, two: Replica) -> None:
    """What came before the cut is replayed, what comes behind it is stored; each is there once."""
    _, over = await keyed(one.processor, Pieces([body(*LINES[:5])], broken=True), every=2)
    assert isinstance(over, Ending)
    again, over = await keyed(two.processor, Pieces([body(*LINES)]), unique=8, every=2)
    assert over is None
    assert [each["line"] for each in again if each.get("replayed")] == [1, 2, 3, 4, 5]
    assert [each["status"] for each in again] == [202] * 10
    assert await stored(one) == list(range(10))
    third, over = await keyed(one.processor, Pieces([body(*LINES)]), unique=9, every=5)
    assert over is None
    assert [each["offset"] for each in third] == [each["offset"] for each in again]
    assert await stored(one) == list(range(10))


async def test_refused_lines_are_judged_anew(one: Replica) -> None:
    """They are the same, so they are refused again; blank ones are counted."""
    lines = body(chunk(0), b"", b"{", chunk(3))
    first, _ = await keyed(one.processor, Pieces([lines]))
    again, over = await keyed(one.processor, Pieces([lines]), unique=8)
    assert over is None
    assert [(each["line"], each["status"]) for each in again] == [(1, 202), (3, 400), (4, 202)]
    assert again[1] == first[1]


@pytest.mark.parametrize("other", [[*LINES[:4], chunk(99), *LINES[5:]], LINES[:4]])
async def test_another_payload_is_422(one: Replica, other: list[bytes]) -> None:
    """One that differs in a line that was acknowledged, or is shorter; of neither anything is stored."""
    await keyed(one.processor, Pieces([body(*LINES)]), every=3)
    _, over = await keyed(one.processor, Pieces([body(*other)]), unique=8)
    assert isinstance(over, Ending)
    assert (over.cause.status, over.cause.reason) == (422, "idempotency-key-reused")
    assert await stored(one) == list(range(10))
    again, over = await keyed(one.processor, Pieces([body(*LINES)]), unique=9)
    assert over is None
    assert len(again) == 10


async def test_a_longer_upload_goes_on_behind_a_shorter_one(one: Replica) -> None:
    """Its beginning is what was asked before."""
    await keyed(one.processor, Pieces([body(*LINES[:4])]))
    again, over = await keyed(one.processor, Pieces([body(*LINES)]), unique=8)
    assert over is None
    assert len(again) == 10
    assert await stored(one) == list(range(10))


async def test_one_in_flight_is_409(one: Replica, two: Replica) -> None:
    """Wherever it runs."""
    held, told = asyncio.Event(), Told()
    running = asyncio.create_task(keyed(one.processor, Pieces([body(*LINES[:3])], held=held), told=told))
    await told.lines(3)
    _, refused = await keyed(two.processor, Pieces([body(*LINES)]), unique=8)
    assert isinstance(refused, Reply)
    assert (refused.status, dict(refused.headers)["retry-after"]) == (409, "1")
    held.set()
    _, over = await running
    assert over is None


async def test_one_that_has_died_is_taken_over(site: Site, one: Replica, two: Replica) -> None:
    """Once its lease has run out; what lay behind its last mark is written again, and the dead one is told so if it lives."""
    held, told = asyncio.Event(), Told()
    source = Pieces([body(*LINES[:5])], held=held)
    dead = asyncio.create_task(keyed(one.processor, source, told=told, every=2))
    await told.lines(5)
    site.clock.now += LEASE
    again, over = await keyed(two.processor, Pieces([body(*LINES)]), unique=8, every=2)
    assert over is None
    assert [each["line"] for each in again if each.get("replayed")] == [1, 2, 3, 4]
    assert await stored(two) == [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9]
    source.pieces.append(body(*LINES[5:7]))
    held.set()
    _, lost = await dead
    assert isinstance(lost, Ending)
    assert lost.cause.status == 409
    final, over = await keyed(one.processor, Pieces([body(*LINES)]), unique=9)
    assert over is None
    assert [each["offset"] for each in final] == [each["offset"] for each in again]


async def test_where_nothing_was_stored_the_key_is_free(one: Replica) -> None:
    """A payload that was refused as a whole can be mended under its key."""
    await keyed(one.processor, Pieces([body(b"{", b"[")]))
    again, over = await keyed(one.processor, Pieces([body(*LINES[:2])]), unique=8)
    assert over is None
    assert [each["status"] for each in again] == [202, 202]


async def test_a_key_of_an_upload_is_no_other_requests(one: Replica) -> None:
    """A single record under it is 422, also when the upload is over, and an upload under a single record's key."""
    await keyed(one.processor, Pieces([body(*LINES[:2])]))
    headers = {**JSON, "idempotency-key": "k"}
    assert (await one.processor.ask("POST", "/chunks", LINES[0], headers=headers)).status == 422
    headers = {**JSON, "idempotency-key": "single"}
    assert (await one.processor.ask("POST", "/chunks", LINES[0], headers=headers)).status == 202
    _, refused = await keyed(one.processor, Pieces([body(*LINES)]), key="single", unique=9)
    assert isinstance(refused, Reply)
    assert refused.status == 422


async def test_kafka_away_in_the_middle_can_be_gone_on_with(site: Site, one: Replica) -> None:
    """Even the last mark was not written; what was is enough, once the lease has run out."""
    held, told = asyncio.Event(), Told()
    source = Pieces([body(*LINES[:4])], held=held)
    running = asyncio.create_task(keyed(one.processor, source, told=told, every=2))
    await told.lines(4)
    site.bus.stop()
    source.pieces.append(body(*LINES[4:]))
    held.set()
    _, over = await running
    assert isinstance(over, Ending)
    assert (over.cause.reason, over.resume_from) == ("kafka-unavailable", 5)
    site.bus.start()
    site.clock.now += LEASE

    async def taken() -> bool:
        _, over = await keyed(one.processor, Pieces([body(*LINES)]), unique=9, every=2)
        return over is None

    await until(taken)
    assert sorted(set(await stored(one))) == list(range(10))


async def test_a_malformed_key_is_400(one: Replica) -> None:
    """As everywhere."""
    _, refused = await keyed(one.processor, Pieces([body(*LINES)]), key="a,b")
    assert isinstance(refused, Reply)
    assert refused.status == 400
