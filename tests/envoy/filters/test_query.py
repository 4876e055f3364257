"""Credentials in the query: where a token may stand, and how far it and a ticket get."""

import json
from urllib.parse import quote

import pytest

from tests.fixtures.envoy import Edge, Keys

pytestmark = pytest.mark.envoy

KAFKA_SSE = json.dumps([{"topic": "a b&c=d", "partition": 0, "offset": 5}, {"topic": "é", "partition": 1}])

REST = f"lastEventId={quote(KAFKA_SSE)}&empty=&plus=a+b&flag"


def _token(keys: Keys, **claims: object) -> str:
    return keys.token(tier="enterprise", **claims)


@pytest.mark.parametrize("issuer", ["main", "nested"])
async def test_a_token_in_the_query_counts_where_the_route_says_so(edge: Edge, issuer: str) -> None:
    """The processor learns who calls, of either issuer, and sees no token."""
    token = _token(edge.keys[issuer], sub="bob")
    answer, seen = await edge.ask(f"/query?a=1&access_token={token}&b=2", json={}, headers={"authorization": ""})
    assert answer.status_code == 202
    assert seen is not None
    assert (seen.head.claims["sub"], seen.head.headers[":path"]) == ("bob", "/query?a=1&b=2")


async def test_elsewhere_it_is_as_good_as_none(edge: Edge) -> None:
    """Any other route asks for a token, and never says what it was sent."""
    token = _token(edge.keys["main"])
    answer, seen = await edge.ask(f"/chunks?access_token={token}", json={}, headers={"authorization": ""})
    assert (answer.status_code, seen) == (401, None)
    assert answer.headers["www-authenticate"] == 'Bearer realm="test"'
    assert token not in answer.text + str(answer.headers)


async def test_a_token_is_carried_nowhere(edge: Edge) -> None:
    """Beside a good header, on a route that takes none, it reaches neither the processor nor the upstream."""
    edge.results.more.set()
    _, seen = await edge.ask("/results/q?access_token=abc&x=1", method="GET", headers={"x-script": "pass"})
    assert seen is not None
    upstream = edge.results.seen[seen.head.headers["x-test"]]
    assert (seen.head.headers[":path"], upstream[":path"]) == ("/results/q?x=1", "/results/q?x=1")


async def test_a_bad_token_in_the_query_is_401(edge: Edge) -> None:
    """It is named as such, and so is one beside a good header: every token that is there must hold."""
    token = _token(edge.keys["main"], exp=1)
    for headers in ({"authorization": ""}, {}):
        answer, seen = await edge.ask(f"/query?access_token={token}", json={}, headers=headers)
        assert (answer.status_code, seen) == (401, None)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert token not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("query", "ticket"),
    [
        (f"ticket=v1.abc&{REST}", "v1.abc"),
        (f"{REST}&ticket=v1.abc", "v1.abc"),
        (f"ticket=v1.abc&{REST}&access_token=x&%74icket=v1.def&access%5Ftoken", "v1.def"),
        (f"{REST}&ticket", ""),
        (REST, ""),
    ],
)
async def test_a_ticket_becomes_metadata(edge: Edge, query: str, ticket: str) -> None:
    """The processor learns of it there; nobody sees it in the query, whose rest arrives as it was sent, to the byte."""
    answer, seen = await edge.ask_without(f"/watch/q?{query}", address=f"127.0.1.{len(query) % 250 + 1}")
    assert answer.status_code == 200
    assert seen is not None
    assert (seen.head.headers[":path"], seen.head.ticket) == (f"/watch/q?{REST}", ticket)
    assert edge.results.seen[seen.head.headers["x-test"]][":path"] == f"/watch/q?{REST}"


@pytest.mark.parametrize("path", ["/watch/q?ticket=v1.abc", "/watch/q?&ticket=v1.abc&", "/watch/q"])
async def test_a_query_that_is_nothing_else_is_gone(edge: Edge, path: str) -> None:
    """And where there was none, none comes."""
    _, seen = await edge.ask_without(path, address="127.0.0.12")
    assert seen is not None
    assert seen.head.headers[":path"] == "/watch/q"


@pytest.mark.parametrize("path", ["/open/q?access_token={}&", "/watch/q?", "/results/q?access_token=x&"])
async def test_an_escaped_line_end_stays_escaped(edge: Edge, path: str) -> None:
    """Envoy's own removal of a parameter would decode it: a second request line, or a header of the client's choice."""
    headers = edge.bearer() if path.startswith(("/watch", "/results")) else {}
    token = _token(edge.keys["main"])
    evil = "a=%0d%0ax-gateway-subscription:%20evil%20HTTP/1.1"
    _, seen = await edge.ask_without(path.format(token) + evil, address="127.0.0.13", headers=headers)
    assert seen is not None
    upstream = edge.results.seen[seen.head.headers["x-test"]]
    assert upstream[":path"] == seen.head.headers[":path"] == f"{path.partition('?')[0]}?{evil}"
    assert "evil" not in str({name: value for name, value in upstream.items() if name != ":path"})
