"""Who calls is what the verified token says."""

import pytest

from bus.memory.bus import MemoryBus
from ext_proc.plugins.identity import claim, scopes
from tests.fixtures.processor import CLAIMS, Processor, processor_for
from tests.fixtures.time import HandClock


async def test_identity_stamps_the_caller_on_the_record(processor: Processor) -> None:
    """The record's headers name the token's subject, tier and scopes, each once."""
    await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "tier": "standard"})
    (record,) = await processor.records("rag.queries")
    named = [(name, value) for name, value in record.headers if name in {"user-id", "user-tier", "scope"}]
    assert named == [("user-id", b"alice"), ("user-tier", b"standard"), ("scope", b"proxy:publish proxy:stream")]


@pytest.mark.parametrize("tier", ["root", "", None, 7, [], ["root", 7], {"enterprise": True}])
async def test_an_unknown_tier_is_the_lowest(processor: Processor, tier: object) -> None:
    """A tier claim that names no tier never raises its caller."""
    await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "tier": tier})
    (record,) = await processor.records("rag.queries")
    assert record.header("user-tier") == "free"


async def test_of_several_roles_the_highest_tier_counts(processor: Processor) -> None:
    """An issuer may list roles in any order, and among them such as are no tiers."""
    roles = ["admin", "standard", "enterprise", "free"]
    await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "tier": roles})
    (record,) = await processor.records("rag.queries")
    assert record.header("user-tier") == "enterprise"


@pytest.mark.parametrize(
    "claims",
    [{**CLAIMS, "sub": ""}, {**CLAIMS, "sub": 5}, {**CLAIMS, "sub": "x" * 300}, {**CLAIMS, "iss": "https://evil"}],
)
async def test_without_a_subject_nobody_passes(processor: Processor, claims: dict[str, object]) -> None:
    """A token without a usable subject, or of an issuer that is not declared, is 401 with a challenge."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, claims=claims)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="sluice", error="invalid_token"')
    assert await processor.records("rag.queries") == []


async def test_a_caller_who_comes_again_is_the_same(processor: Processor) -> None:
    """What a token says is worked out once; another token of the same subject is another matter, and so is none."""
    tiers = ("standard", "standard", "free", "standard")
    for tier in tiers:
        await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "tier": tier})
    written = [record.header("user-tier") for record in await processor.records("rag.queries")]
    assert sorted(map(str, written)) == sorted(tiers)
    assert (await processor.ask("POST", "/queries", {"question": "Why?"}, claims={})).status == 401


@pytest.mark.parametrize(
    ("name", "value"), [("sub", "a"), ("realm.tier", "b"), ("https://x.example/tier", "c"), ("realm.none", None)]
)
def test_a_claim_is_found_by_its_whole_name_first(name: str, value: object) -> None:
    """A dot reaches into an object, unless a claim has the whole name, as namespaced claims do."""
    claims = {"sub": "a", "realm": {"tier": "b"}, "https://x.example/tier": "c"}
    assert claim(claims, name) == value


@pytest.mark.parametrize(
    ("value", "expected"), [("a b", {"a", "b"}), (["a", "b", 3], {"a", "b"}), (None, set()), (7, set()), ("", set())]
)
def test_scopes_come_as_words_or_as_a_list(value: object, expected: set[str]) -> None:
    """Both forms that issuers use are read; anything else is no scope at all."""
    assert scopes(value) == expected


async def test_a_token_that_comes_again_expires_all_the_same() -> None:
    """Envoy may remember it a little longer than it is good: past `exp` and the leeway it is 401, known or not."""
    bus, clock = MemoryBus(), HandClock()
    claims = {**CLAIMS, "exp": clock.now + 10}
    async with bus.producer() as producer:
        processor = await processor_for(bus, producer, clock=clock)
        seen = []
        for seconds in (0.0, 14.9, 0.2):
            clock.advance(seconds)
            seen.append(await processor.ask("GET", "/results/q", claims=claims))
    assert [answer.status for answer in seen] == [None, None, 401]
    assert 'error="invalid_token", error_description="The token has expired."' in seen[-1].headers["www-authenticate"]
    assert processor.metrics.denials.labels("results", "expired").value == 1


async def test_a_token_that_has_expired_before_it_came_is_refused() -> None:
    """Also where this process has never seen it."""
    bus, clock = MemoryBus(), HandClock()
    async with bus.producer() as producer:
        processor = await processor_for(bus, producer, clock=clock)
        answer = await processor.ask("GET", "/results/q", claims={**CLAIMS, "exp": clock.now - 6})
    assert answer.status == 401
