"""Asks as clients of Zilla's RAG demo do: an id of one's own, a stream that is open first, a POST that tells nothing."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import orjson

from demo.client import Client
from demo.errors import StreamLost
from demo.show import Write
from demo.sse import ServerEvent

PATIENCE = 120.0
"""Seconds to wait for the result; the stream by itself would stay open for ever."""


async def ask(
    client: Client, question: str, *, write: Write, query_id: str = "", patience: float = PATIENCE, **more: Any
) -> bool:
    """Asks, shows the result, and tells whether one came.

    Raises:
        ClientError: The gateway is not there, or does not take the question.
    """
    chosen = query_id or str(uuid.uuid4())
    async with client.listening(f"/results/{chosen}") as events:
        await client.told("/queries", {"query_id": chosen, "question": question, **more})
        try:
            async with asyncio.timeout(patience):
                result = await _first(events, query_id=chosen)
        except TimeoutError:
            write(f"\nno result has come in {patience:g} s\n")
            return False
    write(shown(result))
    return True


def shown(result: dict[str, Any]) -> str:
    """The answer, its sources, and what it took."""
    sources = "".join(
        f"    {source['doc_id']}#{source['chunk_index']}  {source['source_url'] or ''}\n"
        for source in result["sources"]
    )
    model, tokens = result["model"] or "no model was asked", result["token_usage"]["total_tokens"]
    return f"{result['answer']}\n{sources}    {model}, {result['latency_ms']} ms, {tokens} tokens\n"


async def _first(events: AsyncIterator[ServerEvent], *, query_id: str) -> dict[str, Any]:
    async for event in events:
        if event.name == "message":
            result: dict[str, Any] = orjson.loads(event.data)
            return result
    raise StreamLost(query_id=query_id, attempts=1)
