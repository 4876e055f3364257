"""Upload after upload, until each chunk has had its receipt."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from demo.errors import Refused
from demo.load.errors import FileUnfit, GaveUp, Unreadable
from demo.load.journal import Journal
from demo.load.manuscript import Chunk
from demo.load.outgoing import UNHEARD
from tests.demo.load.conftest import Desk, Gateway, Goes, chunk, stream

TEN = [f"doc#{number}" for number in range(10)]


def ten() -> AsyncIterator[Chunk]:
    return stream(*(begun(number) for number in range(10)))


def begun(number: int) -> Chunk:
    return chunk(number)


async def load(desk: Desk, chunks: AsyncIterator[Chunk]) -> tuple[int, int]:
    with Journal(desk.journal) as journal:
        journal.standing("doc", fingerprint="f")
        loader = await desk.load(chunks, journal=journal)
    return loader.tally.accepted, loader.tally.refused


async def test_all_goes_in_one_upload(desk: Desk, gateway: Gateway) -> None:
    """With the token, as NDJSON."""
    assert await load(desk, ten()) == (10, 0)
    assert gateway.taken == TEN
    (request,) = gateway.requests
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    "first",
    [
        Goes(cut_after=4),
        Goes(ends_after=4),
        Goes(ends_after=4, last={"status": 503, "type": "x/draining", "resume_from": 5}),
        Goes(ends_after=4, last={"status": 400, "type": "x/upload-broken", "resume_from": 5}),
    ],
    ids=["cut", "ends as if whole", "drains", "broken"],
)
async def test_it_goes_on_after_the_last_receipt(desk: Desk, gateway: Gateway, first: Goes) -> None:
    """However an upload ended: nothing with a receipt is sent again, and nothing is left out."""
    gateway.script = [first, Goes()]

    assert await load(desk, ten()) == (10, 0)
    assert gateway.taken == TEN
    assert len(desk.waits) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_it_waits_as_long_as_it_is_told(desk: Desk, gateway: Gateway, status: int) -> None:
    """And a little longer, so that not all who were told the same come at once."""
    gateway.script = [Goes(status=status, headers={"retry-after": "7"}), Goes()]

    assert await load(desk, ten()) == (10, 0)
    assert desk.waits == [8.0]


async def test_waits_grow_until_something_gets_through(desk: Desk, gateway: Gateway) -> None:
    """Then they begin again from the shortest."""
    away, slow = Goes(status=503), Goes(cut_after=1)
    gateway.script = [away, away, slow, away, Goes()]

    assert await load(desk, ten()) == (10, 0)
    assert desk.waits == [1.0, 2.0, 1.0, 2.0]


async def test_it_gives_up_at_last(desk: Desk, gateway: Gateway) -> None:
    """Where nothing gets through, and it says how to go on."""
    gateway.script = [Goes(status=503)]

    with pytest.raises(ExceptionGroup) as raised:
        await load(desk, ten())
    assert raised.group_contains(GaveUp, match=r"gave up after 4 tries in a row \(refused with 503: not now\)")
    assert len(gateway.requests) == 4


async def test_what_will_not_pass_is_not_tried_again(desk: Desk, gateway: Gateway) -> None:
    """A bad token stays bad."""
    gateway.script = [Goes(status=401)]

    with pytest.raises(ExceptionGroup) as raised:
        await load(desk, ten())
    assert raised.group_contains(Refused, match="refused with 401")
    assert len(gateway.requests) == 1


async def test_a_bad_chunk_fails_alone(desk: Desk, gateway: Gateway) -> None:
    """It is named with its file, its number and the reason; the others are in."""
    gateway.script = [Goes(refuses=frozenset({"text 3"}))]
    with Journal(desk.journal) as journal:
        journal.standing("doc", fingerprint="f")
        loader = await desk.load(ten(), journal=journal)

    assert (loader.tally.accepted, loader.tally.refused) == (9, 1)
    assert [str(one) for one in loader.tally.refusals] == ["doc.md, chunk 3: refused with 400: #/text is not wanted"]


async def test_receipts_are_read_while_sending(desk: Desk, gateway: Gateway) -> None:
    """More is sent than may be without a receipt, which could not be if they were read afterwards."""
    count = 3 * UNHEARD
    begun: list[int] = []
    chunks = [chunk(number, of=count) for number in range(count)]

    assert await load(desk, stream(*chunks, heard=lambda one: begun.append(one.number))) == (count, 0)
    assert len(gateway.uploads) == 1
    assert begun == list(range(count))


@pytest.mark.parametrize(
    "said",
    [{"status": 202, "line": 7}, {"line": 5, "status": "fine"}, [1]],
    ids=["another line", "no status", "no object"],
)
async def test_who_does_not_speak_the_contract_is_left(desk: Desk, gateway: Gateway, said: object) -> None:
    """A receipt for another line would be taken for one that it is not."""
    gateway.script = [Goes(ends_after=4, last=said)]

    with pytest.raises(ExceptionGroup) as raised:
        await load(desk, ten())
    assert raised.group_contains(Unreadable, match="a receipt for line 5")


async def test_a_file_that_goes_bad_ends_it(desk: Desk) -> None:
    """What was sent before is in, and is known to be."""

    async def chunks() -> AsyncIterator[Chunk]:
        yield chunk(0)
        await asyncio.sleep(0)
        raise FileUnfit(file=chunk(1).source.file, reason="is not there")

    with pytest.raises(ExceptionGroup) as raised:
        await load(desk, chunks())
    assert raised.group_contains(FileUnfit, match=r"doc\.md is not there")
