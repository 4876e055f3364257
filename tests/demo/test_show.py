"""An answer on the terminal."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from demo.client import Event
from demo.show import show

SOURCES = [
    {"doc_id": "a", "chunk_index": 0, "source_url": "https://a.example/", "score": 1},
    {"doc_id": "b", "chunk_index": 2, "source_url": None, "score": 0.5},
]
DONE = {"model": "claude-haiku-4-5", "latency_ms": 87, "token_usage": {"total_tokens": 15}}


async def shown(*events: tuple[str, dict[str, Any]]) -> tuple[str, Event | None]:
    async def stream() -> AsyncIterator[Event]:
        for name, data in events:
            yield Event(name=name, id="", data=data)

    written: list[str] = []
    last = await show(stream(), write=written.append)
    return "".join(written), last


async def test_text_sources_and_cost_are_shown() -> None:
    """What was quoted is marked, and who answered is told."""
    cited = {"doc_id": "b", "chunk_index": 2}
    text, last = await shown(
        ("queued", {}),
        ("retrieved", {"sources": SOURCES}),
        ("delta", {"text": "It "}),
        ("delta", {"text": "does."}),
        ("citation", cited),
        ("citation", cited),
        ("citation", {"doc_id": "c", "chunk_index": 0}),
        ("done", DONE),
        ("delta", {"text": "never read"}),
    )

    assert text == "It does.\n    a#0  https://a.example/\n  * b#2  \n    claude-haiku-4-5, 87 ms, 15 tokens\n"
    assert last is not None
    assert last.name == "done"


async def test_an_answer_that_starts_again_says_so() -> None:
    """Text before a reset is void, and so are its quotations."""
    text, _ = await shown(
        ("retrieved", {"sources": SOURCES[:1]}),
        ("citation", {"doc_id": "a", "chunk_index": 0}),
        ("delta", {"text": "Wro"}),
        ("reset", {"attempt": 2, "reason": "worker-restarted"}),
        ("delta", {"text": "Right."}),
        ("done", {**DONE, "model": None}),
    )

    assert text.startswith("Wro\n(the answer starts again)\nRight.\n    a#0")
    assert "no model was asked" in text


async def test_an_error_is_told() -> None:
    """A problem says what the caller can do."""
    text, last = await shown(("error", {"title": "Bad Gateway", "detail": "Ask again."}))

    assert text == "\nBad Gateway: Ask again.\n"
    assert last is not None
    assert last.name == "error"


@pytest.mark.parametrize(("estimated", "said"), [(True, "about 40 tokens"), (False, "40 tokens")])
async def test_a_cancelled_answer_is_told_with_its_cost(*, estimated: bool, said: str) -> None:
    """And that a part of it is only estimated."""
    usage = {"prompt_tokens": 30, "completion_tokens": 10, "total_tokens": 40}
    text, last = await shown(("delta", {"text": "So f"}), ("cancelled", {"token_usage": usage, "estimated": estimated}))

    assert text == f"So f\n(cancelled, after {said})\n"
    assert last is not None
    assert last.name == "cancelled"


async def test_an_answer_that_had_ended_shows_nothing() -> None:
    """Nothing comes, nothing is shown."""
    assert await shown() == ("", None)
