"""Who calls, where no token can be sent."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bus.memory.bus import MemoryBus
from ext_proc.exchange import Identity
from ext_proc.results.reader.subscription import HEADER, Subscription
from ext_proc.tickets import COOKIE_NAME
from runtime.clock import SystemClock
from tests.fixtures.processor import CLAIMS, Outcome, Processor, processor_for
from tests.fixtures.settings import changed, declared

NOW = 1_800_000_000_000
PATH = "/results/q1"
ALICE = Identity(subject="alice", tier="standard", scopes=frozenset({"proxy:stream"}), expires=NOW / 1000 + 600)
BOB = replace(ALICE, subject="bob")
RANDOM = bytes(24)


@dataclass
class Hands(SystemClock):
    """A clock that stands still until it is moved."""

    now: int = NOW

    def now_ms(self) -> int:
        """As it was set."""
        return self.now


@dataclass
class Door:
    """A processor, asked for streams without a token."""

    processor: Processor
    clock: Hands

    def ticket(self, identity: Identity = ALICE, *, path: str = PATH, age: int = 0) -> str:
        """A ticket that was issued so many seconds ago."""
        issued_at = NOW - age * 1000
        return self.processor.services.tickets.issue(
            identity, path=path, issued_at=issued_at, lifetime=60, unique=RANDOM
        )

    def cookie(self, identity: Identity = ALICE, *, path: str = PATH) -> str:
        """A cookie's value."""
        return self.processor.services.tickets.cookie(identity, path=path, random=RANDOM)

    async def ask(self, *, path: str = PATH, claims: dict[str, Any] | None = None, **credentials: str) -> Outcome:
        """Asks for a stream."""
        return await self.processor.ask("GET", path, claims=claims or {}, credentials=credentials)

    async def opened(self, **asked: Any) -> Subscription:
        """Asks for a stream, and returns what the results server is told."""
        outcome = await self.ask(**asked)
        assert outcome.status is None, outcome.body
        return Subscription.parse({HEADER: outcome.headers[HEADER]})


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A processor of gateway.yaml whose clock stands."""
    bus, clock = MemoryBus(), Hands()
    async with bus.producer() as producer:
        yield Door(await processor_for(bus, producer, clock=clock), clock)


async def test_a_ticket_opens_its_path(door: Door) -> None:
    """As its holder, until the token's end; it is to be spent by this request, for a cookie until the token's end."""
    wants = await door.opened(ticket=door.ticket(age=59))
    assert (wants.user_id, wants.tier, wants.expires, wants.query_id) == ("alice", "standard", ALICE.expires, "q1")
    assert wants.ticket is not None
    assert (wants.ticket.issued_at, wants.ticket.until) == (NOW - 59_000, NOW + 1_000)
    name, _, value = wants.ticket.cookie.partition(";")[0].partition("=")
    assert (name, door.processor.services.tickets.read_cookie(value, path=PATH)) == (COOKIE_NAME, ALICE)
    assert f"; Path={PATH}; Max-Age=600; HttpOnly; SameSite=Lax" in wants.ticket.cookie
    assert "Secure" not in wants.ticket.cookie
    assert value not in repr(wants)


async def test_each_request_is_another_holder(door: Door) -> None:
    """So two that come with one ticket can be told apart, and know it by one name."""
    tickets = [(await door.opened(ticket=door.ticket())).ticket for _ in range(2)]
    assert len({ticket.id for ticket in tickets if ticket}) == 1
    assert len({ticket.holder for ticket in tickets if ticket}) == 2


async def test_under_tls_the_cookie_stays_there() -> None:
    """Where the listener has a certificate, the cookie is `Secure`."""
    text = changed('port: "${PORT:-8080}"}\n', "port: 8080, tls: {certificate: c, key: k}}\n")
    bus, clock = MemoryBus(), Hands()
    async with bus.producer() as producer:
        door = Door(await processor_for(bus, producer, declaration=declared(text), clock=clock), clock)
        wants = await door.opened(ticket=door.ticket())
    assert wants.ticket is not None
    assert wants.ticket.cookie.endswith("; Secure")


@pytest.mark.parametrize("age", [60, 61, 3600])
async def test_an_old_ticket_is_401(door: Door, age: int) -> None:
    """Past its minute; the answer says what to do, and not the ticket."""
    ticket = door.ticket(age=age)
    outcome = await door.ask(ticket=ticket)
    assert outcome.status == 401
    assert outcome.headers["www-authenticate"].startswith('Bearer realm="sluice", error="invalid_token"')
    assert ticket not in str(outcome)


async def test_a_ticket_ends_with_its_token(door: Door) -> None:
    """A token that has ended since has taken its ticket along."""
    outcome = await door.ask(ticket=door.ticket(replace(ALICE, expires=NOW / 1000)))
    assert outcome.status == 401


@pytest.mark.parametrize("text", ["v1.", "nonsense", "v1.AAAA", "v1." + "A" * 9000])
async def test_what_is_no_ticket_is_401(door: Door, text: str) -> None:
    """And so is what is no cookie."""
    assert (await door.ask(ticket=text)).status == 401
    assert (await door.ask(cookie=text)).status == 401


async def test_a_ticket_opens_no_other_path(door: Door) -> None:
    """Of another query of the same owner."""
    assert (await door.ask(path="/results/q2", ticket=door.ticket())).status == 401
    assert (await door.ask(path="/results/q2", cookie=door.cookie())).status == 401


async def test_without_anything_a_token_is_asked_for(door: Door) -> None:
    """Without credentials there is no error to name (RFC 6750, 3.1)."""
    outcome = await door.ask()
    assert (outcome.status, outcome.headers["www-authenticate"]) == (401, 'Bearer realm="sluice"')


async def test_a_token_wins(door: Door) -> None:
    """The ticket beside it is not spent, be it good or bad."""
    for ticket in (door.ticket(BOB), "nonsense"):
        wants = await door.opened(ticket=ticket, cookie=door.cookie(BOB), claims=dict(CLAIMS))
        assert (wants.user_id, wants.ticket) == ("alice", None)


async def test_a_cookie_admits_again(door: Door) -> None:
    """`EventSource` comes back with the URL that it had: the ticket, fresh or old, is not looked at again."""
    for age in (1, 70):
        wants = await door.opened(ticket=door.ticket(age=age), cookie=door.cookie())
        assert (wants.user_id, wants.expires, wants.ticket) == ("alice", ALICE.expires, None)
    assert (await door.opened(cookie=door.cookie())).ticket is None
    assert (await door.opened(ticket="nonsense", cookie=door.cookie())).user_id == "alice"


async def test_a_cookie_ends_with_its_token(door: Door) -> None:
    """It is asked at each reconnect."""
    door.clock.now = NOW + 600_000
    assert (await door.ask(cookie=door.cookie())).status == 401


async def test_of_ticket_and_cookie_the_later_end_counts(door: Door) -> None:
    """Who has asked again with a fresh token gets what that one allows."""
    later = replace(ALICE, expires=NOW / 1000 + 700)
    assert (await door.opened(ticket=door.ticket(later), cookie=door.cookie())).expires == later.expires
    assert (await door.opened(ticket=door.ticket(), cookie=door.cookie(later))).ticket is None


async def test_a_cookie_of_somebody_else_is_not_looked_at(door: Door) -> None:
    """Two users of one browser who chose one query id: whoever brings the ticket is the one who reads."""
    wants = await door.opened(ticket=door.ticket(BOB), cookie=door.cookie(ALICE))
    assert wants.user_id == "bob"
    assert (await door.ask(ticket=door.ticket(BOB, age=61), cookie=door.cookie(ALICE))).status == 401


async def test_a_tier_that_is_no_more_is_the_lowest(door: Door) -> None:
    """A ticket outlives a change of gateway.yaml, and raises nobody."""
    gone = replace(ALICE, tier="platinum")
    assert (await door.opened(ticket=door.ticket(gone))).tier == "free"
    assert (await door.opened(cookie=door.cookie(gone))).tier == "free"


async def test_an_id_of_somebody_else_stays_unknown(door: Door) -> None:
    """The stream's own checks are made for a ticket's holder as for a token's."""
    issued = door.processor.services.identifiers.issue(subject="alice", now_ms=NOW, random=bytes(10))
    path = f"/results/{issued.value}"
    assert (await door.ask(path=path, ticket=door.ticket(BOB, path=path))).status == 404


async def test_nothing_of_it_is_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Good or bad."""
    with caplog.at_level(logging.DEBUG):
        texts = [door.ticket(), door.ticket(age=99), door.cookie()]
        for text in texts:
            await door.ask(ticket=text, cookie=text)
    assert not [text for text in texts if text in caplog.text]
