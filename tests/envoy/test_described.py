"""What Envoy answers of itself: the descriptions of the API."""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from envoy.described import described, longest
from ext_proc.described.documents import documents
from ext_proc.registry import BUILT_IN
from runtime.settings.gateway import Gateway
from tests.fixtures.envoy import Edge

PATHS = ("/openapi.json", "/asyncapi.json")
OPENAPI = PATHS[0]


def reader(edge: Edge, number: int) -> httpx.AsyncClient:
    """A client at an address of its own: who comes without a token is counted by address, and other tests count."""
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{number}")
    return httpx.AsyncClient(base_url=edge.client.base_url, transport=transport)


@pytest.fixture(scope="module")
async def etag(edge: Edge) -> AsyncIterator[str]:
    """The validator of the first."""
    async with reader(edge, 61) as client:
        yield (await client.get(OPENAPI)).headers["etag"]


@pytest.mark.envoy
@pytest.mark.parametrize("path", PATHS)
async def test_it_is_for_everybody(edge: Edge, path: str) -> None:
    """No token is asked for, any page may read it, and the caller is counted by address."""
    async with reader(edge, 62) as client:
        answer = await client.get(path)
    assert orjson.loads(answer.content)["info"]["title"] == "sluice"
    told = {name: answer.headers[name] for name in ("content-type", "cache-control", "access-control-allow-origin")}
    assert told == {
        "content-type": "application/json",
        "cache-control": "public, max-age=300",
        "access-control-allow-origin": "*",
    }
    assert answer.headers["ratelimit"].startswith('"caller"')


@pytest.mark.envoy
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", ["{}", "W/{}", '"a", {}', '{} ,"b"', "*"])
async def test_who_has_it_is_told_so(edge: Edge, etag: str, method: str, condition: str) -> None:
    """304 with the same validator and no body, in whatever way `If-None-Match` names it."""
    async with reader(edge, 63 if method == "GET" else 64) as client:
        answer = await client.request(method, OPENAPI, headers={"if-none-match": condition.format(etag)})
    assert (answer.status_code, answer.headers["etag"], answer.content) == (304, etag, b"")


@pytest.mark.envoy
async def test_who_has_another_gets_it(edge: Edge, etag: str) -> None:
    """A tag that merely looks like it is none of it; HEAD has the length and no body."""
    async with reader(edge, 65) as client:
        other = await client.get(OPENAPI, headers={"if-none-match": f'"x{etag[1:]}'})
        head = await client.head(OPENAPI)
    assert (other.status_code, head.status_code, head.content) == (200, 200, b"")
    assert int(head.headers["content-length"]) == len(other.content)


@pytest.mark.envoy
async def test_other_methods_are_refused(edge: Edge) -> None:
    """OPTIONS says which there are, and any other is 405 with the same."""
    async with reader(edge, 66) as client:
        options, posted = await client.options(OPENAPI), await client.post(OPENAPI)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert posted.headers["content-type"] == "application/problem+json"


@pytest.mark.envoy
async def test_a_flood_is_held_back(edge: Edge) -> None:
    """Past the rate of an address it is 429, as for everything that is asked without a token."""
    async with reader(edge, 67) as client:
        statuses = [(await client.head(OPENAPI)).status_code for _ in range(7)]
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_it_is_what_the_configuration_says(gateway: Gateway) -> None:
    """Envoy is given the same bytes that `python -m ext_proc openapi` prints, and room for them."""
    served = described(gateway, plugins=BUILT_IN)
    said = documents(gateway, plugins=BUILT_IN)
    assert {document.path: document.body.encode() for document in served} == dict(said)
    assert longest(served) == max(map(len, said.values()))


def test_it_can_be_turned_off(gateway: Gateway) -> None:
    """Then there is no such path."""
    silent = gateway.model_copy(update={"edge": gateway.edge.model_copy(update={"described": False})})
    assert described(silent, plugins=BUILT_IN) == ()
