"""An accepted question brings a ticket for its stream."""

import re

from tests.fixtures.processor import CLAIMS, JSON, Processor


async def test_the_stream_url_has_a_ticket_for_its_path(processor: Processor) -> None:
    """It holds the caller, with the scope that the stream needs and no other, for a minute; and shows nobody."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "tier": "standard"})
    path, _, ticket = answer.document["stream_url"].partition("?ticket=")
    assert path == answer.document["results_url"]
    assert re.fullmatch(r"v1\.[A-Za-z0-9_-]+", ticket)
    issued = processor.services.tickets.read(ticket, path=path)
    assert issued is not None
    identity = issued.identity
    assert (identity.subject, identity.tier, identity.expires) == ("alice", "standard", CLAIMS["exp"])
    assert identity.scopes == {"proxy:stream"}
    assert issued.until - issued.issued_at == 60_000


async def test_it_has_no_scope_that_its_caller_has_not(processor: Processor) -> None:
    """Who may ask and not read gets a ticket that reads nothing."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "scope": "proxy:publish"})
    path, _, ticket = answer.document["stream_url"].partition("?ticket=")
    opened = await processor.ask("GET", path, claims={}, credentials={"ticket": ticket})
    assert (opened.status, opened.document["scope"]) == (403, "proxy:stream")


async def test_it_is_in_no_record(processor: Processor) -> None:
    """Kafka holds nothing of it."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"})
    ticket = answer.document["stream_url"].partition("?ticket=")[2]
    (record,) = await processor.records("rag.queries")
    assert ticket not in str(record)


async def test_a_request_that_is_asked_again_gets_the_same_ticket(processor: Processor) -> None:
    """Another request does not, nor does the same one with another token."""
    later = {**CLAIMS, "exp": 4102444801}
    asked = [("r1", CLAIMS), ("r1", CLAIMS), ("r1", later), ("r2", CLAIMS)]
    tickets = []
    for request, claims in asked:
        headers = {**JSON, "x-request-id": request, "x-gateway-time": "1800000000000"}
        answer = await processor.ask("POST", "/queries", {"question": "Why?"}, headers=headers, claims=claims)
        tickets.append(answer.document["stream_url"].partition("?ticket=")[2])
    assert tickets[0] == tickets[1]
    assert len(set(tickets)) == 3
