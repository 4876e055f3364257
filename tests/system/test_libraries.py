"""EventSource clients that are not ours, each of which comes back by itself."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import orjson
import pytest
from ld_eventsource import SSEClient
from ld_eventsource.config.connect_strategy import ConnectStrategy
from ld_eventsource.config.error_strategy import ErrorStrategy
from ld_eventsource.config.retry_delay_strategy import RetryDelayStrategy
from ld_eventsource.errors import HTTPStatusError
from requests_sse import EventSource, InvalidStatusCodeError

from demo.client import Event
from local.ports import PUBLIC
from tests.fixtures.cutting_proxy import CuttingProxy
from tests.fixtures.fleet import Fleet, paced
from tests.fixtures.readers import check_whole
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

SEED = 5
STREAMS = 5  # of each library
CUTS = (300, 3_000)  # bytes that a connection may bring
TOKEN_DELAY = 0.1
SECONDS = 60.0  # after which a library that comes back for ever is let go
QUESTION = "What does the Lockkeepers' Company do when a lock gate leaks?"

Library = Callable[[str, str], list[Event]]


def launchdarkly(url: str, token: str) -> list[Event]:
    """launchdarkly-eventsource: told, as its users tell it, to come back after every error but a status."""
    deadline = time.monotonic() + SECONDS

    def judge(error: Exception | None) -> tuple[bool, None]:
        return isinstance(error, HTTPStatusError) or time.monotonic() > deadline, None

    client = SSEClient(
        ConnectStrategy.http(url, headers={"authorization": f"Bearer {token}"}),
        initial_retry_delay=0.05,
        retry_delay_strategy=RetryDelayStrategy.default(max_delay=0.2),
        error_strategy=ErrorStrategy.from_lambda(judge),
    )
    events = []
    with client, pytest.raises(HTTPStatusError) as over:
        events += [_event(one.event, one.last_event_id, one.data) for one in client.events]
    assert over.value.status == 204
    return events


def requests_sse(url: str, token: str) -> list[Event]:
    """requests-sse: comes back by itself after the time that the server names."""
    events = []
    with (
        pytest.raises(InvalidStatusCodeError) as over,
        EventSource(url, headers={"authorization": f"Bearer {token}"}, timeout=60) as source,
    ):
        events += [_event(one.type, one.last_event_id, one.data) for one in source]
    assert over.value.status_code == 204
    return events


def _event(name: str | None, id: str | None, data: str | None) -> Event:  # noqa: A002 - the field's name in the format
    return Event(name=name or "", id=id or "", data=orjson.loads(data or ""))


@pytest.mark.parametrize("library", [launchdarkly, requests_sse], ids=lambda library: library.__name__)
async def test_a_library_comes_back_by_itself(fleet: Fleet, library: Library) -> None:
    """Behind a proxy that cuts, and with a results server killed, it gets each answer whole, once, and stops on 204."""
    system, chance = fleet.system, Random(SEED)
    token = system.keys.signing.mint(sub="library", tier="enterprise")
    proxy = CuttingProxy(to=system.ports[PUBLIC], allowed=lambda: chance.randint(*CUTS))
    async with (
        asyncio.timeout(100),
        proxy.serving(),
        paced(system, token_delay=TOKEN_DELAY),
        caller(system, sub="library", tier="enterprise") as client,
    ):
        urls = [f"{proxy.url}/results/{await client.ask(QUESTION)}" for _ in range(STREAMS)]
        following = asyncio.gather(*(asyncio.to_thread(library, url, token) for url in urls))
        await system.kill("results-1")
        await system.start("results-1")
        streams = await following
    for events in streams:
        check_whole(events)
    assert proxy.cuts > STREAMS
