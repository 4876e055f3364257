"""A renewal reaches every stream that it is for, wherever that is open; on the bus in memory and on Kafka."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bus.records import Partition
from tests.bus.contract.clusters import Cluster
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import Desk, make_topics
from tests.ext_proc.results.gate import Names, open_gate, renew

SHORT = 0.6  # seconds that a token is still good for


@pytest.fixture
async def replicas(cluster: Cluster, names: Names) -> AsyncIterator[list[Desk]]:
    """Two results servers, whose streams ping often."""
    bus = cluster.bus()
    await make_topics(bus, names.results, names.queries, names.sessions)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_gate(bus, names, ping=0.1)) for _ in range(2)]


async def _told(client: Client, name: str) -> int:
    """Waits for an event of that name that says when the stream ends."""
    while True:
        event = await client.next()
        assert event is not None, "the stream has ended"
        if event.name == name:
            return int(event.json()["expires_in"])


async def test_a_stream_goes_on_where_it_was_renewed(replicas: list[Desk], names: Names) -> None:
    """On another replica than any that the renewal came by; it warns again before its new end, and events still come."""
    first, second = replicas
    now = time.time()
    async with (
        await second.get(second.wants(expires=now + 20)) as client,
        await first.get(first.wants(expires=now + 20)) as twin,
    ):
        for each in (client, twin):
            left = await _told(each, "auth_expiring")
            assert round(now + 20 - time.time()) <= left <= 20
        await renew(first, names, expires=now + 25)
        for each in (client, twin):
            left = await _told(each, "auth_expiring")
            assert round(now + 25 - time.time()) <= left <= 25
        await first.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_otherwise_it_ends(replicas: list[Desk], names: Names) -> None:
    """Of five streams the one that was renewed outlives its token; another's, another key's and a higher tier's do not."""
    desk = replicas[0]
    expires = time.time() + SHORT
    async with (
        await desk.get(desk.wants(expires=expires)) as renewed,
        await desk.get(desk.wants(expires=expires, user="bob")) as anothers,
        await desk.get(desk.wants(expires=expires, key="other")) as other_key,
        await desk.get(desk.wants(expires=expires, tier="standard")) as higher,
    ):
        await renew(replicas[1], names, expires=expires + 1000)
        ended = [await client.rest() for client in (anothers, other_key, higher)]
        assert time.time() >= expires
        assert [[event.name for event in events] for events in ended] == [["queued", "auth_expiring"]] * 3
        await desk.put("done")
        assert [event.name for event in await renewed.rest()][-1:] == ["done"]


async def test_a_higher_tier_renews_a_lower_ones_stream(replicas: list[Desk], names: Names) -> None:
    """It shows what it showed."""
    desk = replicas[0]
    expires = time.time() + SHORT
    async with await desk.get(desk.wants(expires=expires)) as client:
        await renew(desk, names, expires=expires + 1000, tier="enterprise")
        while time.time() < expires + 0.2:
            await client.comment()
        await desk.put("done")
        assert [event.name for event in await client.rest()][-1:] == ["done"]


async def test_nothing_is_ever_shortened(replicas: list[Desk], names: Names) -> None:
    """A renewal by an older token changes nothing."""
    desk = replicas[0]
    async with await desk.get(desk.wants(expires=time.time() + 1000)) as client:
        receipt = await renew(desk, names, expires=1.0)
        await desk.feed._sessions.reached(Partition(receipt.topic, receipt.partition), receipt.offset)
        await desk.put("delta", {"text": "a"})
        assert [event.name for event in await client.take(2)] == ["queued", "delta"]
        await desk.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_one_that_opens_just_afterwards_is_renewed_too(replicas: list[Desk], names: Names) -> None:
    """A stream that was on its way when the renewal came, with the old token, is not left behind."""
    desk = replicas[0]
    expires = time.time() + SHORT
    receipt = await renew(replicas[1], names, expires=expires + 1000)
    await desk.feed._sessions.reached(Partition(receipt.topic, receipt.partition), receipt.offset)
    async with await desk.get(desk.wants(expires=expires)) as client:
        while time.time() < expires + 0.2:
            await client.comment()
        await desk.put("done")
        assert [event.name for event in await client.rest()][-1:] == ["done"]
