"""Sites at the edge: a plain server behind a prefix, and the gateway as if it were not there."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from envoy.run import RunningEnvoy
from runtime.settings.sites import SiteSettings
from tests.fixtures.envoy import Keys, gateway_of

pytestmark = pytest.mark.envoy


@dataclass(frozen=True, slots=True)
class Sites:
    """An edge with a site that is there, one that is gone, and one that has no address."""

    client: httpx.AsyncClient
    seen: list[dict[str, str]]


@pytest.fixture(scope="module")
async def sites(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> AsyncIterator[Sites]:
    """No processor runs: nothing here may ask one."""
    folder, seen = short_folder(), []

    async def answer(request: web.Request) -> web.Response:
        seen.append({**{k.lower(): v for k, v in request.headers.items()}, ":path": request.path_qs})
        return web.Response(text="here")

    application = web.Application()
    application.router.add_get("/demo/{rest:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway = gateway_of(folder, issuer_keys)
    declared = (
        SiteSettings(name="page", prefix="/demo/", address=f"127.0.0.1:{runner.addresses[0][1]}", home=True),
        SiteSettings(name="gone", prefix="/gone/", address="127.0.0.1:1"),
        SiteSettings(name="unset", prefix="/unset/", address=None),
    )
    edge = gateway.edge.model_copy(update={"sites": declared})
    try:
        async with (
            RunningEnvoy(gateway.model_copy(update={"edge": edge}), folder=folder, log=folder / "envoy.log") as envoy,
            httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address), timeout=20) as client,
        ):
            yield Sites(client, seen)
    finally:
        await runner.cleanup()


async def test_a_site_is_served_without_a_token(sites: Sites) -> None:
    """The path goes on as it is, with the caller's own token and without headers that only the gateway may set."""
    headers = {"authorization": "Bearer x", "user-id": "root", "x-gateway-key": "forged"}
    answer = await sites.client.get("/demo/a/b?c=d", headers=headers)
    seen = sites.seen[-1]

    assert (answer.status_code, answer.text) == (200, "here")
    assert (seen[":path"], seen["authorization"]) == ("/demo/a/b?c=d", "Bearer x")
    assert not {"user-id", "x-gateway-key"} & set(seen)


@pytest.mark.parametrize("path", ["/", "/demo"])
async def test_home_leads_to_the_site(sites: Sites, path: str) -> None:
    """Who knows the address alone finds the page."""
    answer = await sites.client.get(path)

    assert (answer.status_code, httpx.URL(answer.headers["location"]).path) == (302, "/demo/")


@pytest.mark.parametrize("path", ["/demo/a", "/demo", "/"])
async def test_a_site_is_only_read(sites: Sites, path: str) -> None:
    """What changes anything goes through a declared route."""
    answer = await sites.client.post(path, json={})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["type"].endswith("/method-not-allowed")


@pytest.mark.parametrize("path", ["/unset/", "/unset", "/unset/a", "/nope", "/demonstration"])
async def test_other_paths_are_as_unknown_as_ever(sites: Sites, path: str) -> None:
    """A site without an address is none."""
    answer = await sites.client.get(path)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "not-found")


async def test_a_site_that_is_gone_is_503(sites: Sites) -> None:
    """Said as of any upstream, and the gateway's own routes do not notice."""
    answer = await sites.client.get("/gone/a")
    other = await sites.client.post("/chunks", json={})

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "upstream-unavailable")
    assert other.status_code == 401


async def test_declared_routes_answer_as_before(sites: Sites) -> None:
    """A site adds paths and takes none away."""
    answer = await sites.client.get("/chunks")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
