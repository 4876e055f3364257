"""Browsers: a ticket opens a stream without a header, once; a cookie and a renewal keep it; nothing of either leaks."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bus.kafka.bus import KafkaBus
from demo.sse import ServerEvent
from ext_proc.exchange import Identity
from ext_proc.tickets import Tickets
from local.system import System
from tests.fixtures.fleet import Fleet
from tests.fixtures.system import records
from tests.system.browser import Browser

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

RACES, RACERS = 40, 6
SECRETS: set[str] = set()
"""Every token, ticket and cookie that any test here has seen; the last test looks for them everywhere."""


@pytest.fixture
def rig(fleet: Fleet) -> System:
    """Several results servers."""
    return fleet.system


@pytest.fixture
async def browser(rig: System) -> AsyncIterator[Browser]:
    """A profile."""
    async with Browser(rig.public_url) as browser:
        yield browser
        SECRETS.update(browser.cookies)


def token_of(rig: System, sub: str = "alice", *, tier: str = "free", ttl: float = 3600) -> str:
    """A token."""
    token = rig.keys.signing.mint(sub=sub, tier=tier, ttl=ttl)
    SECRETS.update({token, token.rpartition(".")[2]})
    return token


async def asked(rig: System, browser: Browser, *, question: str = "What is a weir?", ttl: float = 3600) -> str:
    """Asks, and returns the URL of the stream."""
    url = (await browser.ask(token_of(rig, ttl=ttl), question))["stream_url"]
    SECRETS.add(url.partition("ticket=")[2])
    return url


async def elsewhere(rig: System, url: str) -> int:
    """What another profile is answered."""
    async with Browser(rig.public_url) as other:
        return await other.status(url)


async def test_a_ticket_opens_the_stream_without_any_header(rig: System, browser: Browser) -> None:
    """To its end; the cookie that it was changed for is for that path alone, and out of scripts' reach."""
    url = await asked(rig, browser)
    async with browser.open(url) as page:
        assert page.answer.status_code == 200
        cookie = page.answer.headers["set-cookie"]
        done = await page.until("done")
    assert f"Path={url.partition('?')[0]}; Max-Age=" in cookie
    assert cookie.endswith("; HttpOnly; SameSite=Lax")
    assert done.id


async def test_the_second_use_is_401(rig: System, browser: Browser) -> None:
    """By anybody else; the owner's own browser comes back with its cookie, and goes on after what it had."""
    url = await asked(rig, browser)
    async with browser.open(url) as page:
        first = await page.next()
    assert first is not None
    async with Browser(rig.public_url) as thief, thief.open(url) as refused:
        assert refused.answer.status_code == 401
        assert 'error="invalid_token"' in refused.answer.headers["www-authenticate"]
        assert not thief.cookies
    async with browser.open(url, last_id=first.id) as page:
        assert (page.answer.status_code, "set-cookie" in page.answer.headers) == (200, False)
        names = [event.name for event in await page.rest()]
        last_id = page.parser.last_id
    assert "queued" not in names
    assert names[-1] == "done"
    assert await browser.status(url, last_id=last_id) == 204


async def test_a_ticket_opens_nothing_else(rig: System, browser: Browser) -> None:
    """Not another query of its owner's, by whichever spelling of the parameter, nor the status, nor a renewal."""
    mine, other = await asked(rig, browser), await asked(rig, browser)
    ticket = mine.partition("?")[2]
    assert await browser.status(f"{other.partition('?')[0]}?{ticket}") == 401
    assert await elsewhere(rig, f"{mine.partition('?')[0]}/?{ticket}") == 404
    assert await browser.status(mine.replace("ticket=", "%74icket=")) == 200


async def test_old_and_made_up_tickets_are_401(rig: System) -> None:
    """A genuine one whose minute is over, and some that are not genuine."""
    tickets = Tickets(rig.gateway.keys.ids.get_secret_value())
    identity = Identity(subject="alice", tier="free", scopes=frozenset({"proxy:stream"}), expires=time.time() + 600)
    issued_at = round((time.time() - 60) * 1000)
    old = tickets.issue(identity, path="/results/q1", issued_at=issued_at, lifetime=60, unique=bytes(24))
    cookie = tickets.cookie(identity, path="/results/q1", random=bytes(24))
    SECRETS.update({old, cookie})
    assert {await elsewhere(rig, f"/results/q1?ticket={text}") for text in (old, cookie, "v1.x", "a b%0d%0a")} == {401}
    assert await elsewhere(rig, "/results/q1") == 401


async def test_a_token_in_the_query_is_refused(rig: System, browser: Browser) -> None:
    """No route of this configuration takes one."""
    url = await asked(rig, browser)
    assert await elsewhere(rig, f"{url.partition('?')[0]}?access_token={token_of(rig)}") == 401


async def test_tickets_are_spent_once_among_replicas(rig: System, browser: Browser) -> None:
    """Of six profiles that open one ticket's URL at the same moment, one is answered; forty times of forty."""
    for _ in range(RACES):
        url = await asked(rig, browser)
        assert Counter(await asyncio.gather(*(elsewhere(rig, url) for _ in range(RACERS)))) == {200: 1, 401: RACERS - 1}
    assert await elsewhere(rig, url) == 401


async def test_a_killed_results_server_loses_no_ticket(rig: System, browser: Browser) -> None:
    """One of them is killed with -9 again and again while tickets are used: each opens its stream, and never another.

    Whether its claim was written or not, Envoy asks another one, in the name of the same request; and who is told
    to come back, by a server that has just started, has the cookie to come back with.
    """
    urls: list[str] = []
    statuses: list[int] = []
    stop = asyncio.Event()

    async def use() -> None:
        while not stop.is_set():
            url = await asked(rig, browser)
            async with Browser(rig.public_url) as profile:
                statuses.append(await profile.patient(url))
                SECRETS.update(profile.cookies)
            urls.append(url)

    async with asyncio.TaskGroup() as users:
        for _ in range(4):
            users.create_task(use())
        for _ in range(3):
            await _more(statuses, 10)
            await rig.kill("results-0")
            await _more(statuses, 10)
            await rig.start("results-0")
        stop.set()
    assert set(statuses) == {200}
    assert set(await asyncio.gather(*(elsewhere(rig, url) for url in urls[-100:]))) == {401}


async def _more(statuses: list[int], count: int) -> None:
    wanted = len(statuses) + count
    async with asyncio.timeout(60):
        while len(statuses) < wanted:  # noqa: ASYNC110 - the users have no event of their own
            await asyncio.sleep(0.01)


async def test_all_restarted_refuse_what_was_spent(rig: System, fleet: Fleet, browser: Browser) -> None:
    """Processes that were not there when a ticket was used learn of it from the log."""
    url = await asked(rig, browser)
    assert await elsewhere(rig, url) == 200
    for name in fleet.results:
        await rig.restart(name)
    assert {await elsewhere(rig, url) for _ in range(6)} == {401}


async def test_a_stream_ends_with_its_token_or_goes_on_with_another(rig: System, browser: Browser) -> None:
    """Two profiles of one user: the renewal, by a third connection, reaches both of their streams on whichever replica.

    A stream of another question of the same user, which nobody renews, ends with its token.
    """
    await rig.stop("retriever")
    ttl = 8
    query = await browser.ask(token_of(rig, ttl=ttl))
    other = await asked(rig, browser, ttl=ttl)
    async with AsyncExitStack() as stack:
        pages = []
        for _ in range(4):
            profile = await stack.enter_async_context(Browser(rig.public_url))
            url = (await profile.ask(token_of(rig, ttl=ttl), query_id=query["query_id"]))["stream_url"]
            SECRETS.add(url.partition("ticket=")[2])
            pages.append(await stack.enter_async_context(profile.open(url)))
        left = await stack.enter_async_context(browser.open(other))
        for page in [*pages, left]:
            await page.until("auth_expiring")
        assert (await browser.renew(query["query_id"], token_of(rig, "mallory"))).status_code == 404
        assert (await browser.renew(query["query_id"], token_of(rig))).status_code == 204
        assert await left.rest() == []
        await rig.start("retriever")
        ended: list[ServerEvent] = [await page.until("done") for page in pages]
    assert len({event.data for event in ended}) == 1


async def test_a_renewal_renews_the_cookie_too(rig: System, browser: Browser) -> None:
    """A browser whose stream was opened by ticket comes back after the first token's end."""
    ttl = 3
    query = await browser.ask(token_of(rig, ttl=ttl))
    url = query["stream_url"]
    SECRETS.add(url.partition("ticket=")[2])
    ends = time.time() + ttl
    assert await browser.status(url) == 200
    SECRETS.update(browser.cookies)
    answer = await browser.renew(query["query_id"], token_of(rig))
    assert (answer.status_code, answer.content) == (204, b"")
    assert f"Path=/results/{query['query_id']};" in answer.headers["set-cookie"]
    await asyncio.sleep(max(0.0, ends + 1 - time.time()))  # nothing happens at the end of a token that is not used
    assert await browser.status(url) == 200
    assert await elsewhere(rig, url) == 401


async def test_nothing_of_it_is_logged_or_in_kafka(rig: System) -> None:
    """No token, ticket or cookie of all the tests before is in any log of any process, or on any topic.

    What Envoy and the results server cannot even read is asked first: their complaints count too.
    """
    secret = "v1.never-to-be-seen"
    SECRETS.add(secret)
    for path in (f"/results/%zz?ticket={secret}", f"/results/a%2Fb?ticket={secret}", f"/nowhere?access_token={secret}"):
        assert await elsewhere(rig, path) >= 400
    await _raw(rig, f"GET /results/a b?ticket={secret} HTTP/1.1\r\nhost: x\r\n\r\n")
    await _raw(rig, f"GET /results/a?ticket={secret}\x01 HTTP/1.1\r\nhost: x\r\n\r\n")
    await _raw(rig, f"GET /results/a HTTP/1.1\r\nhost: x\r\ncookie: sluice-ticket={secret}\r\n\r\n")
    found = [name for name in (*rig.names, "kafka") if _holds(rig.log(name).read_bytes())]
    async with KafkaBus(rig.gateway.kafka).reader() as reader:
        assert await reader.partitions("rag.sessions") == 3
    for topic in rig.gateway.topics:
        for record in await records(rig, topic):
            parts = (record.key or b"", record.value or b"", *(value for _, value in record.headers))
            found += [topic] if _holds(b"\n".join(parts)) else []
    assert len(SECRETS) > RACES
    assert await records(rig, "rag.sessions")
    assert found == []


def _holds(content: bytes) -> bool:
    return any(secret.encode() in content for secret in SECRETS)


async def _raw(rig: System, request: str) -> None:
    """Sends what no client would, and waits for whatever is answered."""
    host, port = rig.public_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    assert b" 4" in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
