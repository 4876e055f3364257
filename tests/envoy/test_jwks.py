"""Keys from a URL: fetched by Envoy, and honest when they cannot be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from envoy.jwks import jwks_clusters
from envoy.run import RunningEnvoy
from runtime.settings.gateway import Gateway
from tests.fixtures.envoy import AUDIENCE, Keys, gateway_of
from tests.fixtures.stub_processor import StubProcessor

pytestmark = pytest.mark.envoy


def _gateway(folder: Path, keys: dict[str, Keys], url: str) -> Gateway:
    issuer = {"name": "main", "issuer": keys["main"].issuer, "audiences": [AUDIENCE], "jwks": {"url": url}}
    return gateway_of(folder, keys, identity={"realm": "test", "issuers": [issuer]})


@asynccontextmanager
async def _served(text: str) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="application/json")

    application = web.Application()
    application.router.add_get("/keys", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    finally:
        await runner.cleanup()


async def _ask(gateway: Gateway, folder: Path, token: str) -> httpx.Response:
    async with (
        StubProcessor(gateway.processor_socket(0)),
        RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy,
        httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address), timeout=10) as client,
        asyncio.timeout(20),
    ):
        while True:
            answer = await client.post("/free", json={}, headers={"authorization": f"Bearer {token}"})
            if answer.status_code != 401:  # Envoy may still be fetching
                return answer


async def test_keys_are_fetched(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """A token verifies against the keys that the URL serves."""
    folder = short_folder()
    async with _served(issuer_keys["main"].jwks()) as url:
        answer = await _ask(_gateway(folder, issuer_keys, url), folder, issuer_keys["main"].token())
    assert answer.status_code == 202


async def test_keys_that_cannot_be_fetched_are_no_fault_of_the_token(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """Without keys nothing can be verified: 503, and not a 401 that would make clients throw their tokens away."""
    folder = short_folder()
    answer = await _ask(_gateway(folder, issuer_keys, "http://127.0.0.1:9/keys"), folder, issuer_keys["main"].token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"].endswith("/keys-unavailable")


def test_https_is_verified(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """An https URL is asked on port 443, by name, and its certificate is checked against the system's roots."""
    (cluster,) = jwks_clusters(_gateway(tmp_path, issuer_keys, "https://keys.test/keys"))
    described: dict[str, Any] = cluster.to_dict()
    endpoint = described["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]
    assert endpoint["address"]["socketAddress"] == {"address": "keys.test", "portValue": 443}
    context = described["transportSocket"]["typedConfig"]
    assert (context["sni"], context["autoSniSanValidation"]) == ("keys.test", True)
    assert Path(context["commonTlsContext"]["validationContext"]["trustedCa"]["filename"]).is_file()
