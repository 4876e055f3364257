"""The Messages API as Anthropic's own SDK finds it."""

import asyncio
from typing import Any

import anthropic as sdk
import httpx2
import pytest
from aiohttp import ClientSession
from anthropic import AsyncAnthropic

from demo.standin.reply import NOTHING_FITS, NOTHING_GIVEN
from tests.demo.standin.passages import CORPUS, asked

QUESTION = "What happens when Kafka is down?"
ANSWER = "When Kafka is down, POST answers 503 with a Retry-After header within six seconds."


async def calls(control: ClientSession) -> dict[str, Any]:
    """The counts so far."""
    async with control.get("/control") as response:
        report: dict[str, Any] = await response.json()
        return report


async def tell(control: ClientSession, **behaviour: Any) -> None:
    """Sets the behaviour."""
    async with control.post("/control", json=behaviour) as response:
        assert response.status == 200


async def test_message(anthropic: AsyncAnthropic) -> None:
    """A call that is not streamed gives the whole message, cited, with usage and a request id."""
    message = await anthropic.messages.create(**asked(QUESTION))
    assert message.content[0].type == "text"
    assert message.content[0].text == ANSWER
    assert (message.model, message.stop_reason, message.type) == ("claude-haiku-4-5", "end_turn", "message")
    assert message.usage.input_tokens > 50
    assert message.usage.output_tokens == len(ANSWER.split())
    assert message._request_id
    assert message._request_id.startswith("req_")


async def test_citation(anthropic: AsyncAnthropic) -> None:
    """A citation names the result and the block, and quotes the whole block."""
    message = await anthropic.messages.create(**asked(QUESTION))
    assert message.content[0].type == "text"
    (citation,) = message.content[0].citations or []
    assert citation.model_dump() == {
        "type": "search_result_location",
        "cited_text": CORPUS["kafka"][1],
        "source": "https://docs.example/kafka",
        "title": "kafka",
        "search_result_index": 0,
        "start_block_index": 1,
        "end_block_index": 2,
    }


async def test_stream_accumulates_to_the_message(anthropic: AsyncAnthropic) -> None:
    """The SDK's own accumulation of the stream gives what the unstreamed call gives."""
    whole = await anthropic.messages.create(**asked("How many requests may each tier send?"))
    async with anthropic.messages.stream(**asked("How many requests may each tier send?")) as stream:
        streamed = await stream.get_final_message()
    assert [block.to_dict() for block in streamed.content] == [block.to_dict() for block in whole.content]
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert streamed.stop_reason == whole.stop_reason


async def test_order_of_events(anthropic: AsyncAnthropic) -> None:
    """Events come in the API's order, one block a sentence, its citation after its text."""
    events = [event async for event in await anthropic.messages.create(**asked(QUESTION), stream=True)]
    kinds = [event.delta.type if event.type == "content_block_delta" else event.type for event in events]
    words = len(ANSWER.split())
    assert kinds == [
        "message_start",
        "content_block_start",
        *["text_delta"] * words,
        "citations_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


async def test_wire_form(control: ClientSession) -> None:
    """On the wire every event is named as its data is typed, and a ping is among them."""
    headers = {"anthropic-version": "2023-06-01"}
    async with control.post("/v1/messages", json=asked(QUESTION) | {"stream": True}, headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        body = await response.text()
    events = [event.split("\n") for event in body.removesuffix("\n\n").split("\n\n")]
    assert all(len(lines) == 2 for lines in events)
    assert all(f'data: {{"type":"{name.removeprefix("event: ")}"' in data for name, data in events)
    assert ["event: ping", 'data: {"type":"ping"}'] in events


async def test_several_sentences(anthropic: AsyncAnthropic) -> None:
    """An answer may take sentences from several results; markup stays out of it."""
    message = await anthropic.messages.create(**asked("How many requests a second may an enterprise caller send?"))
    texts = [block.text for block in message.content if block.type == "text"]
    assert "Enterprise callers may send 1000 requests a second." in " ".join(texts)
    assert len(texts) <= 4


async def test_without_citations(anthropic: AsyncAnthropic) -> None:
    """Where citations are not enabled there are none."""
    message = await anthropic.messages.create(**asked(QUESTION, citations=False))
    assert message.content[0].type == "text"
    assert message.content[0].citations is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hello", NOTHING_GIVEN),
        (asked("Who won the world cup of 1954?")["messages"][0]["content"], NOTHING_FITS),
        (asked("What is it and how?")["messages"][0]["content"], NOTHING_FITS),
    ],
)
async def test_no_answer(anthropic: AsyncAnthropic, content: Any, expected: str) -> None:
    """Without passages, or where none fits, it says so."""
    arguments: Any = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": content}]}
    message = await anthropic.messages.create(**arguments)
    assert message.content[0].type == "text"
    assert message.content[0].text == expected


@pytest.mark.parametrize(("most", "text"), [(3, "When Kafka is"), (14, ANSWER)])
async def test_max_tokens(anthropic: AsyncAnthropic, most: int, text: str) -> None:
    """The answer ends at `max_tokens`, and says why."""
    message = await anthropic.messages.create(**asked(QUESTION) | {"max_tokens": most})
    assert message.content[0].type == "text"
    assert message.content[0].text == text
    assert message.stop_reason == ("max_tokens" if most == 3 else "end_turn")


@pytest.mark.parametrize(
    "change",
    [{"max_tokens": 0}, {"messages": []}, {"model": ""}, {"messages": [{"role": "user", "content": [{"type": "x"}]}]}],
)
async def test_bad_request(anthropic: AsyncAnthropic, change: dict[str, Any]) -> None:
    """A request that the API would refuse is refused as the API does."""
    with pytest.raises(sdk.BadRequestError) as caught:
        await anthropic.messages.create(**asked(QUESTION) | change)
    assert caught.value.type == "invalid_request_error"
    assert next(iter(change)) in str(caught.value.api_message)


async def test_version_header(control: ClientSession) -> None:
    """A caller that names no version is refused, as by the API."""
    async with control.post("/v1/messages", json=asked(QUESTION)) as response:
        assert response.status == 400
        assert "anthropic-version" in await response.text()


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, sdk.RateLimitError, "rate_limit_error"),
        (500, sdk.InternalServerError, "api_error"),
        (529, sdk.OverloadedError, "overloaded_error"),
        (400, sdk.BadRequestError, "invalid_request_error"),
    ],
)
async def test_told_to_fail(
    anthropic: AsyncAnthropic, control: ClientSession, status: int, error: type[sdk.APIStatusError], kind: str
) -> None:
    """The next calls fail as told, with `retry-after`, and the one after them does not."""
    await tell(control, faults=[{"status": status, "calls": 2, "retry_after": 1.5, "error_code": "why"}])
    for _ in range(2):
        with pytest.raises(error) as caught:
            await anthropic.messages.create(**asked(QUESTION))
        assert caught.value.type == kind
        assert caught.value.error_code == "why"
        assert caught.value.response.headers["retry-after"] == "1.5"
        assert caught.value.request_id
    await anthropic.messages.create(**asked(QUESTION))
    counts = {"refused": 2, "started": 1, "finished": 1}
    assert (await calls(control))["calls"] == counts
    assert (await calls(control))["questions"] == {QUESTION: counts}


async def test_told_to_cut(anthropic: AsyncAnthropic, control: ClientSession) -> None:
    """The connection breaks after as many events as told, and those arrive."""
    await tell(control, faults=[{"cut_after": 4}])
    stream = aiter(await anthropic.messages.create(**asked(QUESTION), stream=True))
    seen = [(await anext(stream)).type for _ in range(3)]
    assert seen == ["message_start", "content_block_start", "content_block_delta"]  # and a ping, which the SDK keeps
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete"):
        await anext(stream)
    assert (await calls(control))["calls"] == {"started": 1, "failed": 1}


async def test_told_to_cut_cleanly(anthropic: AsyncAnthropic, control: ClientSession) -> None:
    """The body may also end early as if it were whole."""
    await tell(control, faults=[{"cut_after": 1, "cut_cleanly": True}])
    seen = [event.type async for event in await anthropic.messages.create(**asked(QUESTION), stream=True)]
    assert seen == ["message_start"]


async def test_told_to_send_an_error_event(anthropic: AsyncAnthropic, control: ClientSession) -> None:
    """A stream may end in an error event."""
    await tell(control, faults=[{"error_after": 4}])
    stream = aiter(await anthropic.messages.create(**asked(QUESTION), stream=True))
    for _ in range(3):
        await anext(stream)
    with pytest.raises(sdk.APIStatusError) as caught:
        await anext(stream)
    assert caught.value.type == "overloaded_error"


@pytest.mark.parametrize("delays", [{"first_token_delay": 30}, {"token_delay": 30}])
async def test_client_that_leaves(anthropic: AsyncAnthropic, control: ClientSession, delays: dict[str, int]) -> None:
    """A call whose client leaves is counted as aborted at once, whether it was waiting, reading or writing."""
    await tell(control, **delays)
    stream = await anthropic.messages.create(**asked(QUESTION), stream=True)
    await anext(aiter(stream))
    await stream.close()
    unstreamed = asyncio.create_task(anthropic.messages.create(**asked("Unheard")))
    async with asyncio.timeout(5):
        while (await calls(control))["calls"].get("started") != 2:
            pass
        unstreamed.cancel()
        while (await calls(control))["calls"].get("aborted") != 2:
            pass
    assert (await calls(control))["calls"] == {"started": 2, "aborted": 2}
