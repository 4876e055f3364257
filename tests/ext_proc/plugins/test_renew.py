"""A fresh token keeps open streams open."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from ext_proc.exchange import Identity
from ext_proc.tickets import COOKIE_NAME
from tests.fixtures.processor import CLAIMS, Outcome, Processor

PATH = "/results/q1"
RANDOM = bytes(24)
ALICE = Identity(subject="alice", tier="free", scopes=frozenset({"proxy:stream"}), expires=CLAIMS["exp"] - 60.0)


async def renew(processor: Processor, *, query_id: str = "q1", cookie: str = "", **claims: Any) -> Outcome:
    """Renews."""
    path = f"/results/{query_id}/auth"
    return await processor.ask("POST", path, headers={}, claims={**CLAIMS, **claims}, credentials={"cookie": cookie})


async def test_a_renewal_is_a_signed_record(processor: Processor) -> None:
    """204 without a body, once the log holds until when whose streams of what go on."""
    outcome = await renew(processor, tier="standard")
    assert (outcome.status, outcome.body) == (204, b"")
    (record,) = await processor.records("rag.sessions")
    key = processor.services.identifiers.resolve("q1", subject="alice")
    assert key is not None
    assert record.key == key.key.encode()
    assert orjson.loads(record.value or b"") == {"topic": "rag.results", "key": key.key, "expires": CLAIMS["exp"]}
    named = [record.header(name) for name in ("ce_type", "user-id", "user-tier")]
    assert named == ["sluice.stream.renewed.v1", "alice", "standard"]
    assert record.header("identity-sig")


@pytest.mark.parametrize("kind", ["another's", "no id"])
async def test_what_is_not_the_callers_is_404(processor: Processor, kind: str) -> None:
    """An id of somebody else is as one that never was, and nothing is written."""
    issued = processor.services.identifiers.issue(subject="bob", now_ms=1, random=bytes(10)).value
    outcome = await renew(processor, query_id=issued if kind == "another's" else "a.b")
    assert outcome.status == 404
    assert await processor.records("rag.sessions") == []


async def test_the_scope_of_the_stream_is_needed(processor: Processor) -> None:
    """A token that may not read keeps nothing open."""
    assert (await renew(processor, scope="proxy:publish")).status == 403


async def test_no_ticket_and_no_cookie_renews(processor: Processor) -> None:
    """Only a token does."""
    cookie = processor.services.tickets.cookie(ALICE, path=PATH, random=RANDOM)
    path = f"{PATH}/auth"
    outcome = await processor.ask("POST", path, headers={}, claims={}, credentials={"cookie": cookie})
    assert outcome.status == 401


async def test_a_stream_opened_by_ticket_gets_a_new_cookie(processor: Processor) -> None:
    """The request brings the old one; the new one lasts as long as this token, for the same path."""
    tickets = processor.services.tickets
    outcome = await renew(processor, cookie=tickets.cookie(ALICE, path=PATH, random=RANDOM))
    name, _, value = outcome.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == COOKIE_NAME
    assert f"; Path={PATH}; Max-Age=" in outcome.headers["set-cookie"]
    renewed = tickets.read_cookie(value, path=PATH)
    assert renewed is not None
    assert (renewed.subject, renewed.expires) == ("alice", CLAIMS["exp"])


@pytest.mark.parametrize("kind", ["none", "another's", "another path's", "a later one", "garbage"])
async def test_nobody_else_gets_a_cookie(processor: Processor, kind: str) -> None:
    """Nor does anybody lose one that lasts longer."""
    tickets = processor.services.tickets
    cookies = {
        "none": "",
        "another's": tickets.cookie(replace(ALICE, subject="bob"), path=PATH, random=RANDOM),
        "another path's": tickets.cookie(ALICE, path="/results/q2", random=RANDOM),
        "a later one": tickets.cookie(replace(ALICE, expires=None), path=PATH, random=RANDOM),
        "garbage": "v1.AAAA",
    }
    outcome = await renew(processor, cookie=cookies[kind])
    assert outcome.status == 204
    assert "set-cookie" not in outcome.headers


async def test_a_header_that_no_record_takes_is_400(processor: Processor) -> None:
    """As for every other record."""
    outcome = await processor.ask("POST", f"{PATH}/auth", headers={"idempotency-key": "k" * 300})
    assert outcome.status == 400
    assert await processor.records("rag.sessions") == []
