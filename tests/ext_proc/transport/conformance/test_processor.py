"""A real processor behind a transport: what its streams say arrives."""

import asyncio
from pathlib import Path

from ext_proc.stream import Stream
from tests.ext_proc.transport.conformance.test_client import ask, client, failure
from tests.ext_proc.transport.served import serving
from tests.fixtures.processor import JSON, Processor, body_message, headers_message, outcome


def streams(processor: Processor) -> Stream:
    """A stream of that processor's."""
    return Stream(router=processor.router, metrics=processor.metrics, clock=processor.services.clock)


async def test_a_post_has_one_answer(transport: str, processor: Processor, tmp_path: Path) -> None:
    """Headers and body go in; the receipt comes out, and the stream ends."""
    async with (
        serving(transport, tmp_path, open_stream=lambda: streams(processor)) as served,
        client(served) as channel,
    ):
        message = headers_message("POST", "/queries", headers=JSON)
        answers = await ask(channel, message, body_message(b'{"question":"a"}'))
    assert 1 == len(answers)
    final = outcome(answers)
    assert final is not None
    assert 202 == final.status
    assert 1 == len(await processor.records("rag.queries"))


async def test_a_hundred_at_once(transport: str, processor: Processor, tmp_path: Path) -> None:
    """Reads and writes of one connection do not wait for one another."""
    post, body = headers_message("POST", "/queries", headers=JSON), body_message(b'{"question":"a"}')
    get = headers_message("GET", "/results/q1")
    async with (
        serving(transport, tmp_path, open_stream=lambda: streams(processor)) as served,
        client(served) as channel,
    ):
        asked = (ask(channel, *((post, body) if n % 2 else (get,))) for n in range(100))
        found = [outcome(answers) for answers in await asyncio.gather(*asked)]
    assert [None, 202] * 50 == [each.status if each else "unanswered" for each in found]


async def test_a_message_out_of_order_is_refused(transport: str, processor: Processor, tmp_path: Path) -> None:
    """A body before its headers ends the stream with an error."""
    async with (
        serving(transport, tmp_path, open_stream=lambda: streams(processor)) as served,
        client(served) as channel,
    ):
        call = channel.stream_stream("/envoy.service.ext_proc.v3.ExternalProcessor/Process")()
        await call.write(body_message(b"{}"))
        assert "a message out of order" == (await failure(call)).details()
