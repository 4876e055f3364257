"""EventSource clients that are not ours, each of which comes back by itself."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
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
from tests.fixtures.author import author
from tests.fixtures.cutting_proxy import CuttingProxy
from tests.fixtures.fleet import Fleet
from tests.fixtures.readers import check_whole

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SEED = 5
STREAMS = 5
CUTS = (1, 5_000)  # bytes that a connection may bring, head included
PAUSE = 0.02  # seconds between two events of a stream
SECONDS = 60.0  # after which a library that comes back for ever is let go

Library = Callable[[str, str], Iterator[Event]]


def launchdarkly(url: str, token: str) -> Iterator[Event]:
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
    try:
        with client:
            for one in client.events:
                yield _event(one.event, one.last_event_id, one.data)
    except HTTPStatusError as over:
        if over.status != 204:
            raise


def requests_sse(url: str, token: str) -> Iterator[Event]:
    """requests-sse: comes back by itself after the time that the server names, or one of its own until it has heard it."""
    source = EventSource(
        url,
        headers={"authorization": f"Bearer {token}"},
        reconnection_time=timedelta(seconds=0.05),
        max_connect_retry=20,
        timeout=SECONDS,
    )
    try:
        with source:
            for one in source:
                yield _event(one.type, one.last_event_id, one.data)
    except InvalidStatusCodeError as over:
        if over.status_code != 204:
            raise


def _event(name: str | None, id: str | None, data: str | None) -> Event:  # noqa: A002 - the field's name in the format
    return Event(name=name or "", id=id or "", data=orjson.loads(data or ""))


@pytest.mark.parametrize("library", [launchdarkly, requests_sse], ids=lambda library: library.__name__)
async def test_a_library_comes_back_by_itself(fleet: Fleet, library: Library) -> None:
    """Behind a proxy that cuts, and with every results server killed once, it gets each answer whole, once, and stops on 204."""
    system, chance, over = fleet.system, Random(SEED), asyncio.Event()
    proxy = CuttingProxy(to=system.ports[PUBLIC], allowed=lambda: chance.randint(*CUTS))
    token = system.keys.signing.mint(sub="library", tier="enterprise")
    async with asyncio.timeout(100), author(system) as writing, proxy.serving(), asyncio.TaskGroup() as group:
        stories = [writing.story(sub="library") for _ in range(STREAMS)]
        group.create_task(writing.tell_all(stories, until=over, pause=PAUSE))
        urls = [f"{proxy.url}/results/{story.query_id}" for story in stories]
        following = asyncio.gather(*(asyncio.to_thread(lambda url: list(library(url, token)), url) for url in urls))
        for name in fleet.results:
            await system.kill(name)
            await system.start(name)
        over.set()
        streams = await following
    for events in streams:
        check_whole(events)
    assert proxy.cuts > STREAMS
