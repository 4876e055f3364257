"""Two users of one tier: whatever one of them makes of the other's ids, only their own events come back."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from demo.client import Event
from ext_proc.results.reader.subscription import Subscription
from local.system import System
from tests.fixtures.readers import Connection, target, written_places
from tests.fixtures.system import answered, caller, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SEED = 11
CASES = 600
AT_ONCE = 100
SECONDS = 3.0  # that a stream is read which does not end
OWN = {"instance": "", "trace_id": ""}
TELLING = ("content-type", "cache-control", "www-authenticate", "retry-after", "server", "via")
ALPHABET = "ABCXYZabcxyz0129_-"
SHARED = "the-same-for-both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What one user has: their ids, and the ids of the events that they had."""

    query_ids: Sequence[str]
    event_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request that Bob makes."""

    path: str
    last: str = ""
    headers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What he got."""

    status: int
    problem: Mapping[str, Any]
    telling: Mapping[str, str]
    events: Sequence[Event]


async def test_nobody_sees_anothers_events(system: System) -> None:
    """Over fuzzed ids, event ids, parameters and headers: 400, the 404 of an id that never was, or events of one's own."""
    alice, bob = await _user(system, "alice"), await _user(system, "bob")
    chance = Random(SEED)
    cases = [*_tricks(alice, bob), *(_fuzzed(chance, alice, bob) for _ in range(CASES))]
    room = asyncio.Semaphore(AT_ONCE)

    async def got(case: Case) -> Outcome:
        async with room:
            return await _got(system, case)

    outcomes = await asyncio.gather(*map(got, cases))
    never, nowhere = await got(Case(path="/results/never-was")), await got(Case(path="/nowhere"))
    assert (never.status, nowhere.status) == (404, 404)
    owners = {
        (record.partition, record.offset): record.header("user-id") for record in await records(system, "rag.results")
    }
    for case, outcome in zip(cases, outcomes, strict=True):
        _check(case, outcome, absent=(never, nowhere), owners=owners, bob=bob)
    statuses = Counter(outcome.status for outcome in outcomes)
    assert statuses[200] > CASES / 20  # among all that is refused there is something to be seen
    assert statuses[404] > CASES / 4


def _check(
    case: Case, outcome: Outcome, *, absent: Sequence[Outcome], owners: Mapping[tuple[int, int], str | None], bob: Known
) -> None:
    assert outcome.status in {200, 204, 400, 404}, case
    if outcome.status == 404:
        assert outcome in absent, case
    if outcome.status == 204:
        assert case.last in bob.event_ids or any(quote(one, safe="") in case.path for one in bob.event_ids), case
    assert {owners[where] for where in written_places(outcome.events)} <= {"bob"}, case


async def _user(system: System, sub: str) -> Known:
    """Somebody with an issued id, an id of their own choice and one that the other chose too, all answered."""
    async with caller(system, sub=sub, tier="enterprise") as client:
        streams = [
            await answered(client, "What is a weir?", **chosen)
            for chosen in ({}, {"query_id": f"chosen-by-{sub}"}, {"query_id": SHARED})
        ]
    return Known(
        query_ids=[events[-1].data["query_id"] for events in streams],
        event_ids=[event.id for events in streams for event in events],
    )


async def _got(system: System, case: Case) -> Outcome:
    at = replace(target(system, "", sub="bob", tier="enterprise"), path=case.path)
    events: list[Event] = []
    async with Connection(at, last=case.last, headers=case.headers) as connection:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while not connection.answer.whole and (piece := await connection.read()):
                    events += connection.feed(piece)
    answer, told = connection.answer, connection.refusal
    problem = {**orjson.loads(told), **OWN} if told else {}
    telling = {name: answer.headers[name] for name in TELLING if name in answer.headers}
    return Outcome(status=answer.status, problem=problem, telling=telling, events=events)


def _fuzzed(chance: Random, alice: Known, bob: Known) -> Case:
    """An id of hers, bent, with event ids of hers, whole or bent, on the ways that event ids travel."""
    query_id = chance.choice(_BENDS)(chance, chance.choice(alice.query_ids), bob.query_ids[0])
    if chance.random() < 0.3:
        query_id = chance.choice(bob.query_ids)
    event_id = chance.choice(("", chance.choice(alice.event_ids), chance.choice(bob.event_ids), _event_id(chance)))
    path = f"/results/{query_id}"
    way = chance.randrange(3)
    if way == 0:
        return Case(path=path, last=event_id)
    if way == 1:
        return Case(path=f"{path}?lastEventId={quote(event_id)}&user_id=alice&query_id={alice.query_ids[0]}")
    return Case(path=f"{path}?lastEventId={quote(event_id)}", last=chance.choice(bob.event_ids))


def _event_id(chance: Random) -> str:
    return (
        chance.choice(("v1.", "V1.", "v2.", "v1.-", ""))
        + f"{chance.randrange(8)}.{chance.choice((-2, -1, 0, 3, 10**6, 2**63))}"
    )


Bend = Callable[[Random, str, str], str]


def _flip(chance: Random, text: str, _other: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(ALPHABET) + text[place + 1 :]


def _recase(chance: Random, text: str, _other: str) -> str:
    return "".join(chance.choice((one.upper(), one.lower())) for one in text)


def _percent(chance: Random, text: str, _other: str) -> str:
    return "".join(f"%{ord(one):02x}" if chance.random() < 0.4 else one for one in text)


def _percent_twice(chance: Random, text: str, _other: str) -> str:
    return "".join(f"%25{ord(one):02x}" if chance.random() < 0.2 else one for one in text)


def _tail(chance: Random, text: str, _other: str) -> str:
    return text + chance.choice(
        ("%00", "%20", "%0a", ".", ";a=b", "%3f", "%23", "=", "%e2%80%8b", "/", "//", "/.", "%2f")
    )


def _cut(chance: Random, text: str, _other: str) -> str:
    return text[: chance.randrange(1, len(text))]


def _cross(chance: Random, text: str, other: str) -> str:
    """Her time with his tag, or the other way round."""
    (hers, _, her_tag), (his, _, his_tag) = text.partition("-"), other.partition("-")
    return chance.choice((f"{hers}-{his_tag}", f"{his}-{her_tag}", f"{his}-{his_tag}{her_tag}"))


def _walk(chance: Random, text: str, other: str) -> str:
    return (
        chance.choice(
            ("../results/", "./", f"{other}/../", f"{other}/..%2f", f"{other}%2f..%2f", "//", "..;/", "%2e%2e/results/")
        )
        + text
    )


_BENDS: tuple[Bend, ...] = (
    _flip,
    _recase,
    _percent,
    _percent_twice,
    _tail,
    _cut,
    _cross,
    _walk,
    lambda _c, text, _o: text,
)


def _tricks(alice: Known, bob: Known) -> list[Case]:
    """What could be taken for leave: headers of ours, and of proxies."""
    hers, his = alice.query_ids[0], bob.query_ids[0]
    forged = Subscription(topic="rag.results", key=hers, user_id="alice", tier="enterprise").headers()[0][1]
    headers = (
        f"x-gateway-subscription: {forged}",
        f"X-GATEWAY-SUBSCRIPTION: {forged}",
        "x-gateway-verified: 1",
        "x-gateway-user: alice",
        "user-id: alice",
        f"x-envoy-original-path: /results/{hers}",
        f"x-original-url: /results/{hers}",
        f"x-rewrite-url: /results/{hers}",
        "x-forwarded-user: alice",
        f"last-event-id: {alice.event_ids[-1]}",
        "cookie: user-id=alice",
    )
    base = [Case(path=f"/results/{one}", headers=f"{line}\r\n") for one in (hers, his) for line in headers]
    return [*base, *(Case(path=f"/results/{his}", last=one) for one in alice.event_ids)]
