"""An upload is answered line by line, in order, in memory that does not grow, and says where to go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bus.memory.bus import MemoryBus
from ext_proc.bulk import ending
from runtime.settings.kafka import ProducerSettings
from tests.ext_proc.bulk.uploads import Pieces, Told, body, chunk, lines_of, request, sent, upload_of
from tests.fixtures.processor import Processor, following, processor_for
from tests.fixtures.settings import changed, declared

TIGHT = "bulk: {max_line_bytes: 300, in_flight: 4, mark: 3, idle: 0.3}"


@pytest.fixture
async def tight() -> AsyncIterator[Processor]:
    """A processor whose uploads soon meet their bounds, on a bus whose records soon expire."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.2))
    declaration = declared(changed("bulk: {}", TIGHT))
    async with (
        bus.producer() as producer,
        following(await processor_for(bus, producer, declaration=declaration)) as processor,
    ):
        yield processor


async def test_each_line_is_answered_for_itself(processor: Processor) -> None:
    """Stored, not as declared, not JSON, not allowed, too long: the others are none the worse."""
    long = chunk(5, text="x" * 70_000)
    whole = body(chunk(0), b"", b'{"doc_id":"d"}', b"{", chunk(4, visibility="internal"), long, b"  ", chunk(7))
    receipts, over = await sent(processor, [whole])
    assert over is None
    assert [(each["line"], each["status"]) for each in receipts] == [
        (1, 202),
        (3, 400),
        (4, 400),
        (5, 403),
        (6, 413),
        (8, 202),
    ]
    assert {error["pointer"] for error in receipts[1]["errors"]} == {"#/chunk_index", "#/text"}
    assert receipts[3]["required_tier"] == "standard"
    assert "trace_id" not in receipts[3]


async def test_wrong_utf_8_is_that_lines_fault(processor: Processor) -> None:
    """As it is for a body that comes alone."""
    receipts, _ = await sent(processor, [body(b'{"doc_id":"\xff"}', chunk(1))])
    assert [each["status"] for each in receipts] == [400, 202]


async def test_records_are_those_of_single_posts(processor: Processor) -> None:
    """Key, value, identity and signature; the id is each record's own."""
    await processor.ask("POST", "/chunks", chunk(0))
    await sent(processor, [body(chunk(0), chunk(0))])
    alone, *many = await processor.records("rag.chunks")
    for record in many:
        assert (record.key, record.value) == (alone.key, alone.value)
        for name in ("user-id", "user-tier", "scope", "ce_type", "ce_source", "content-type", "identity-sig"):
            assert record.header(name) == alone.header(name) or name == "scope"
    assert len({record.header("ce_id") for record in (alone, *many)}) == 3


async def test_receipts_say_where_the_records_lie(processor: Processor) -> None:
    """Each is found there."""
    receipts, _ = await sent(processor, [body(*(chunk(n, doc=str(n)) for n in range(50)))])
    told = {(each["partition"], each["offset"]): each["line"] for each in receipts}
    records = await processor.records("rag.chunks")
    assert {(each.partition, each.offset): int((each.key or b"").split(b"#")[1]) + 1 for each in records} == told


async def test_receipts_come_while_the_upload_runs(processor: Processor) -> None:
    """The first ones do not wait for the last line."""
    held, told = asyncio.Event(), Told()
    running = asyncio.create_task(upload_of(processor, request()).run(Pieces([body(chunk(0))], held=held), told))
    await told.lines(1)
    assert not running.done()
    held.set()
    assert await running is None


async def test_a_client_that_takes_no_receipts_is_not_read_any_further(tight: Processor) -> None:
    """Four lines are in flight, and no fifth one is judged until it takes some."""
    told = Told(open=asyncio.Event())
    pieces = Pieces([body(chunk(n)) for n in range(40)])
    running = asyncio.create_task(upload_of(tight, request()).run(pieces, told))
    while pieces.taken < 5:  # noqa: ASYNC110  # a body has no event for it
        await asyncio.sleep(0)
    for _ in range(100):
        await asyncio.sleep(0)
    assert pieces.taken == 5
    assert told.open is not None
    told.open.set()
    assert await running is None
    assert [each["line"] for each in told.receipts] == list(range(1, 41))


async def test_a_client_that_takes_nothing_for_too_long_is_left(tight: Processor) -> None:
    """What it had sent is stored."""
    told = Told(open=asyncio.Event())
    upload = upload_of(tight, request())
    over = await upload.run(Pieces([body(*(chunk(n) for n in range(40)))]), told)
    assert over is not None
    assert over.cause.reason == "idle"
    assert upload.gone


async def test_a_client_that_sends_nothing_for_too_long_is_told_so(tight: Processor) -> None:
    """With where to go on."""
    told = Told()
    over = await upload_of(tight, request()).run(Pieces([body(chunk(0)) + b'{"do'], held=asyncio.Event()), told)
    assert over is not None
    assert (over.cause.status, over.cause.reason, over.resume_from) == (408, "idle", 2)


async def test_a_body_that_breaks_off_leaves_what_it_brought(processor: Processor) -> None:
    """A line that did not come to its end is not judged."""
    told = Told()
    over = await upload_of(processor, request()).run(Pieces([body(chunk(0), chunk(1)) + chunk(2)], broken=True), told)
    assert over is not None
    assert (over.cause.reason, over.resume_from) == ("upload-broken", 3)
    assert [each["status"] for each in told.receipts] == [202, 202]


async def test_kafka_away_ends_the_upload_where_it_was(tight: Processor) -> None:
    """Receipts stop before the first line that was not acknowledged, and that is where to go on."""
    held, told = asyncio.Event(), Told()
    source = Pieces([body(chunk(0), chunk(1))])
    source.held = held
    upload = upload_of(tight, request())
    running = asyncio.create_task(upload.run(source, told))
    await told.lines(2)
    tight.bus.stop()
    source.pieces.append(body(chunk(2), chunk(3)))
    held.set()
    over = await running
    assert over is not None
    assert (over.cause.status, over.cause.reason, over.resume_from) == (503, "kafka-unavailable", 3)
    assert len(told.receipts) == 2


async def test_an_upload_can_be_told_to_stop(processor: Processor) -> None:
    """What was read is settled, and the last line says where to go on."""
    told = Told()
    upload = upload_of(processor, request())
    running = asyncio.create_task(upload.run(Pieces([body(chunk(0))], held=asyncio.Event()), told))
    await told.lines(1)
    upload.stop(ending.DRAINING)
    over = await running
    assert over is not None
    assert (over.cause.reason, over.resume_from) == ("draining", 2)


async def test_what_is_told_before_it_begins_is_heard(processor: Processor) -> None:
    """Nothing is read then."""
    upload = upload_of(processor, request())
    upload.stop(ending.EXPIRED)
    over = await upload.run(Pieces([body(chunk(0))]), Told())
    assert over is not None
    assert (over.cause.status, over.resume_from) == (401, 1)


async def test_a_client_that_has_gone_leaves_what_it_sent(processor: Processor) -> None:
    """Its receipts are nobody's, and its records are there."""
    upload = upload_of(processor, request())
    over = await upload.run(Pieces([body(chunk(0))], held=asyncio.Event()), Told(gone=True))
    assert over is not None
    assert over.cause.reason == "upload-broken"
    assert len(await processor.records("rag.chunks")) == 1


async def test_a_producer_that_is_full_is_waited_for(processor: Processor) -> None:
    """More lines than it may have in flight, and more places than there are."""
    assert processor.services.gateway.kafka.producer.max_in_flight > 0
    receipts, over = await sent(processor, [body(*(chunk(n) for n in range(500)))])
    assert over is None
    assert [each["status"] for each in receipts] == [202] * 500


async def test_lines_are_counted(processor: Processor) -> None:
    """By status; the bytes too."""
    whole = body(chunk(0), b"{", chunk(1))
    await sent(processor, [whole])
    page = processor.registry.page().decode()
    assert 'gateway_bulk_lines_total{route="chunks",status="202"} 2.0' in page
    assert 'gateway_bulk_lines_total{route="chunks",status="400"} 1.0' in page
    assert f'gateway_bulk_bytes_total{{route="chunks"}} {len(whole)}.0' in page


def test_the_last_line_says_where_to_go_on() -> None:
    """As a problem does, without a line of its own."""
    over = ending.Ending(cause=ending.DRAINING, resume_from=7)
    line = over.line(trace_id="t").decode()
    assert '"line"' not in line
    assert '"resume_from":7' in line
    assert over.reply(instance="/chunks", trace_id="t").status == 503


async def test_a_route_without_bulk_has_no_lines(processor: Processor) -> None:
    """It takes one record a request."""
    match = processor.router.find("POST", "/queries")
    assert match is not None
    assert match.chain.many is None
    assert lines_of(processor).settings.array == 1000
