"""Asking a results server how far a query is."""

import asyncio
import time
from typing import Any

from ext_proc.results.reader.subscription import Subscription
from tests.ext_proc.results.client import PATIENCE, Client
from tests.ext_proc.results.conftest import ANSWERS
from tests.ext_proc.results.desk import Desk

CHOSEN: dict[str, Any] = {"since": None}


def question(desk: Desk, key: str = "k", **changes: Any) -> Subscription:
    """A question after an id that was issued just now."""
    asked: dict[str, Any] = {"view": "status", "since": int(time.time() * 1000), "answers": ANSWERS, "wait": 60}
    return desk.wants(key, **{**asked, **changes})


async def ask(
    desk: Desk, wants: Subscription | None = None, *, wait: int | None = None, etag: str = "", path: str = "/queries/k"
) -> Client:
    """The answer."""
    named = (("prefer", None if wait is None else f"wait={wait}"), ("if-none-match", etag))
    more = tuple((name, value) for name, value in named if value)
    return await Client.get(desk.socket, wants or question(desk), path=path, more=more)


async def status(desk: Desk, wants: Subscription | None = None, **options: Any) -> str:
    """The one word of the answer; of a refusal, its code."""
    async with await ask(desk, wants, **options) as client:
        body = await client.body()
    return str(body["status"])


async def waiting(desk: Desk, count: int = 1) -> None:
    """Returns when so many wait for an answer."""
    async with asyncio.timeout(PATIENCE):
        while desk.sample("gateway_status_open", topic=desk.topic) != count:  # noqa: ASYNC110 - a gauge has no event
            await asyncio.sleep(0.001)
