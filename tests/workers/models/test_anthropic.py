"""Anthropic's adapter, through the real SDK, against the stand-in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from runtime.clock import SystemClock
from tests.workers.models.conftest import Tell
from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable
from workers.models.anthropic import AnthropicModel, _Reading, open_anthropic
from workers.ports import Citation, ModelEvent, Passage, Prompt, Tally, TextDelta, Usage

TEXT = "# Kafka\n\nWhen Kafka is down, POST answers 503 within six seconds. Workers wait and go on."
QUESTION = "What happens when Kafka is down?"


def passage(text: str, number: int = 0) -> Passage:
    """A passage of that text."""
    return Passage(doc_id="doc", chunk_index=number, text=text, visibility="public")


def prompt(*texts: str, question: str = QUESTION, max_tokens: int = 200) -> Prompt:
    """A prompt with these passages."""
    passages = [passage(text, number) for number, text in enumerate(texts or (TEXT,))]
    return Prompt(question=question, passages=passages, model="claude-haiku-4-5", max_tokens=max_tokens)


@pytest.fixture
async def model(url: str) -> AsyncIterator[AnthropicModel]:
    """The adapter."""
    async with open_anthropic(api_key=None, base_url=url, silence=5, concurrency=200, clock=SystemClock()) as opened:
        yield opened


async def read(model: AnthropicModel, asked: Prompt | None = None) -> list[ModelEvent]:
    """The whole answer."""
    return [event async for event in model.answer(asked or prompt())]


async def test_answer(model: AnthropicModel) -> None:
    """What the prompt cost comes first; text comes in pieces, then its citation, and usage is last and once."""
    tally, *said, citation, usage = await read(model)
    pieces = [event.text for event in said if isinstance(event, TextDelta)]
    assert "".join(pieces) == "When Kafka is down, POST answers 503 within six seconds."
    assert len(pieces) == len(said) > 5
    assert citation == Citation(passage_index=0, cited_text="When Kafka is down, POST answers 503 within six seconds. ")
    assert isinstance(usage, Usage)
    assert (usage.model, usage.output_tokens, usage.stop_reason) == ("claude-haiku-4-5", len(pieces), "end_turn")
    assert usage.input_tokens > 100
    assert tally == Tally(model="claude-haiku-4-5", input_tokens=usage.input_tokens, output_tokens=1)


async def test_citation_is_a_quotation(model: AnthropicModel) -> None:
    """What is cited stands in the passage, letter by letter."""
    cited = [event for event in await read(model) if isinstance(event, Citation)]
    assert cited
    assert all(event.cited_text in TEXT for event in cited)


async def test_citation_counts_passages_of_the_prompt(model: AnthropicModel) -> None:
    """A passage without text is not sent, and the numbers of the others hold."""
    events = await read(model, prompt(" ", "Bread is baked at night.", "\n", TEXT))
    assert [event.passage_index for event in events if isinstance(event, Citation)] == [3]


async def test_stop_reason(model: AnthropicModel) -> None:
    """An answer that was cut at its limit says so."""
    usage = (await read(model, prompt(max_tokens=3)))[-1]
    assert isinstance(usage, Usage)
    assert (usage.stop_reason, usage.output_tokens) == ("max_tokens", 3)


async def test_question_is_last(model: AnthropicModel, tell: Tell) -> None:
    """The question arrives as it was asked."""
    await read(model, prompt(question="Why?  'Ünï\" \n <b>"))
    assert list((await tell())["questions"]) == ["Why?  'Ünï\" \n <b>"]


async def test_closing_ends_the_call(model: AnthropicModel, tell: Tell) -> None:
    """Closing the iterator closes the connection at once: the server sees it, and the client is free for the next."""
    await tell(token_delay=30)
    async with aclosing(cast("AsyncGenerator[ModelEvent, None]", model.answer(prompt()))) as events:
        await anext(events)
    async with asyncio.timeout(5):
        while (await tell())["calls"] != {"started": 1, "aborted": 1}:
            pass
    await tell(token_delay=0)
    assert isinstance((await read(model))[-1], Usage)


async def test_cancelling_ends_the_call(model: AnthropicModel, tell: Tell) -> None:
    """A cancelled task leaves no call behind, also before the first event."""
    await tell(first_token_delay=30)
    task = asyncio.create_task(read(model))
    async with asyncio.timeout(5):
        while (await tell())["calls"].get("started") != 1:
            pass
        task.cancel()
        while (await tell())["calls"] != {"started": 1, "aborted": 1}:
            pass
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
async def test_passing_failures(model: AnthropicModel, tell: Tell, status: int) -> None:
    """What may pass is unavailable, with the wait that was asked for; nothing is tried twice here."""
    await tell(faults=[{"status": status, "retry_after": 1.5, "calls": 2}])
    with pytest.raises(ModelUnavailable) as caught:
        await read(model)
    assert (caught.value.provider, caught.value.status, caught.value.retry_after) == ("anthropic", status, 1.5)
    assert (await tell())["calls"] == {"refused": 1}


@pytest.mark.parametrize("status", [401, 402, 403, 404])
async def test_failures_of_ours(model: AnthropicModel, tell: Tell, status: int) -> None:
    """What blames our key or our configuration waits until that is mended."""
    await tell(faults=[{"status": status}])
    with pytest.raises(ModelUnusable, match="Told to fail") as caught:
        await read(model)
    assert (caught.value.provider, caught.value.status) == ("anthropic", status)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_lasting_failures(model: AnthropicModel, tell: Tell, status: int) -> None:
    """What blames the request is rejected."""
    await tell(faults=[{"status": status}])
    with pytest.raises(ModelRejected, match="Told to fail") as caught:
        await read(model)
    assert (caught.value.provider, caught.value.status) == ("anthropic", status)


@pytest.mark.parametrize("code", ["contract_spend_limit_reached", "enforced_spend_limit_reached"])
async def test_spent(model: AnthropicModel, tell: Tell, code: str) -> None:
    """A spend limit is a 429 that waiting does not lift."""
    await tell(faults=[{"status": 429, "error_code": code, "retry_after": 1}])
    with pytest.raises(ModelSpent) as caught:
        await read(model)
    assert caught.value.status == 429


@pytest.mark.parametrize(
    ("kind", "status"), [("overloaded_error", 529), ("rate_limit_error", 429), ("api_error", 500), ("unheard", 500)]
)
async def test_error_in_the_stream(model: AnthropicModel, tell: Tell, kind: str, status: int) -> None:
    """An error after the first text is told apart by its kind."""
    await tell(faults=[{"error_after": 6, "error_type": kind}])
    with pytest.raises(ModelUnavailable) as caught:
        await read(model)
    assert (caught.value.status, caught.value.begun) == (status, True)


async def test_refusal_in_the_stream(model: AnthropicModel, tell: Tell) -> None:
    """An error in the stream may last, too."""
    await tell(faults=[{"error_after": 6, "error_type": "invalid_request_error"}])
    with pytest.raises(ModelRejected) as caught:
        await read(model)
    assert caught.value.status == 400


@pytest.mark.parametrize("cleanly", [True, False])
@pytest.mark.parametrize("after", [0, 1, 5, 16])
async def test_cut_stream(model: AnthropicModel, tell: Tell, after: int, cleanly: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """A stream that lacks even its last event only is unavailable, however it ends, and never a short answer."""
    await tell(faults=[{"cut_after": after, "cut_cleanly": cleanly}])
    with pytest.raises(ModelUnavailable) as caught:
        await read(model)
    assert caught.value.status is None


async def test_silence(url: str, tell: Tell) -> None:
    """A server that says nothing for too long is given up, before and within the stream."""
    async with open_anthropic(api_key="k", base_url=url, silence=0.05, concurrency=1, clock=SystemClock()) as model:
        await tell(first_token_delay=30)
        with pytest.raises(ModelUnavailable) as caught:
            await read(model)
    assert caught.value.status is None


async def test_no_server() -> None:
    """A server that cannot be reached is unavailable."""
    async with open_anthropic(
        api_key="k", base_url="http://127.0.0.1:9", silence=1, concurrency=1, clock=SystemClock()
    ) as model:
        with pytest.raises(ModelUnavailable) as caught:
            await read(model)
    assert caught.value.status is None


def test_events_that_say_nothing_to_us() -> None:
    """Thoughts and citations of other sources are passed over; counts that are left out stay as they were."""
    reading = _Reading(passages=[0])
    usage = {"input_tokens": 5, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 1, "output_tokens": 1}
    started = {"id": "i", "type": "message", "role": "assistant", "content": [], "model": "m", "usage": usage}
    place = {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "start_char_index": 0,
        "end_char_index": 1,
    }
    data: list[dict[str, object]] = [
        {"type": "message_start", "message": started},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": place}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    events: list[RawMessageStreamEvent] = [TypeAdapter(RawMessageStreamEvent).validate_python(one) for one in data]
    said = [event for one in events for event in reading.of(one)]
    assert said == [
        Tally(model="m", input_tokens=8, output_tokens=1),
        Usage(model="m", input_tokens=8, output_tokens=9, stop_reason="end_turn"),
    ]


async def test_two_hundred_answers_are_written_at_once(url: str, tell: Tell) -> None:
    """The server says nothing before all two hundred have asked; none of them waits for a connection."""
    await tell(together=200)
    async with open_anthropic(api_key="k", base_url=url, silence=30, concurrency=200, clock=SystemClock()) as model:
        async with asyncio.timeout(60):
            told = await asyncio.gather(*(read(model) for _ in range(200)))
    assert [type(events[-1]) for events in told] == [Usage] * 200
    assert (await tell())["most"] == {"messages": 200}
