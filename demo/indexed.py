"""Waits until what was loaded can be found."""

import asyncio
import re

from demo.client import Client

POLL_SECONDS = 0.2
_GAUGE = re.compile(r"^worker_index_passages(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)


async def until_indexed(client: Client, *, retriever_url: str, passages: int, seconds: float = 120.0) -> bool:
    """Returns once the retriever's index holds so many passages; `False` where it does not in time."""
    try:
        async with asyncio.timeout(seconds):
            while await _held(client, retriever_url) < passages:  # noqa: ASYNC110 - it is another process that counts
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _held(client: Client, retriever_url: str) -> float:
    answer = await client.request("GET", f"{retriever_url}/metrics")
    found = _GAUGE.search(answer.body.decode())
    return float(found.group(1)) if found else 0.0
