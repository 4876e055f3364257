"""A running Envoy: it ends in order, and never alone."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from envoy.errors import EnvoyFailed
from envoy.run import RunningEnvoy
from tests.fixtures.envoy import Edge, Keys, gateway_of
from tests.fixtures.stub_processor import StubProcessor
from tests.fixtures.stub_results import FIRST, StubResults

pytestmark = pytest.mark.envoy


async def test_several_run_side_by_side(
    edge: Edge, short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """A second Envoy on the machine has ports and memory of its own."""
    folder = short_folder()
    async with RunningEnvoy(gateway_of(folder, issuer_keys), folder=folder, log=folder / "log") as other:
        assert other.address != edge.envoy.address
        assert await other.admin.ready()
        assert await edge.envoy.admin.ready()
        pid = other.pid
        assert pid is not None
    assert other.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await other.stop()


async def test_before_its_start_it_is_nowhere(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """Asking where it listens before it does is an error, and stopping it is none."""
    envoy = RunningEnvoy(gateway_of(tmp_path, issuer_keys))
    with pytest.raises(EnvoyFailed, match="is not running"):
        _ = envoy.address
    with pytest.raises(EnvoyFailed, match="is not running"):
        _ = envoy.admin
    assert await envoy.ended() == 0


async def test_a_stop_lets_requests_finish(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """A stream that ends within the drain time gets its end, and then Envoy stops without waiting on."""
    folder = short_folder()
    edge = {"listener": {"port": 0}, "admin": {"port": 0}, "drain": 20}
    gateway = gateway_of(folder, issuer_keys, edge=edge)
    headers = {"authorization": f"Bearer {issuer_keys['main'].token(tier='enterprise')}", "x-script": "pass"}
    async with (
        StubProcessor(gateway.processor_socket(0)),
        StubResults(gateway.results_socket(0)) as results,
        asyncio.timeout(15),
        RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy,
    ):
        client = httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address))
        async with client, client.stream("GET", "/results/abc", headers=headers) as answer:
            chunks = answer.aiter_raw()
            assert await anext(chunks) == FIRST
            stopping = asyncio.ensure_future(envoy.stop())
            while not await envoy.admin.stat("listener_manager.total_listeners_draining") and not stopping.done():
                if (await envoy.admin.call("GET", "/ready"))[0] != 200:
                    break
            results.more.set()
            rest = b"".join([chunk async for chunk in chunks])
        await stopping
    assert rest.startswith(b"event: delta")


async def test_a_stream_that_does_not_end_is_cut_at_the_deadline(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """Draining is bounded: past the deadline Envoy stops all the same."""
    folder = short_folder()
    edge = {"listener": {"port": 0}, "admin": {"port": 0}, "drain": 0.2}
    gateway = gateway_of(folder, issuer_keys, edge=edge)
    headers = {"authorization": f"Bearer {issuer_keys['main'].token(tier='enterprise')}", "x-script": "pass"}
    async with StubProcessor(gateway.processor_socket(0)), StubResults(gateway.results_socket(0)) as results:
        async with RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy:
            client = httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address))
            async with client, client.stream("GET", "/results/abc", headers=headers) as answer:
                chunks = answer.aiter_raw()
                assert await anext(chunks) == FIRST
                await asyncio.wait_for(envoy.stop(), 10)
                with pytest.raises(httpx.RemoteProtocolError):
                    await anext(chunks)
        results.more.set()


async def test_one_that_does_not_listen_is_killed(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """A frozen Envoy ends too."""
    folder = short_folder()
    async with RunningEnvoy(gateway_of(folder, issuer_keys), folder=folder, log=folder / "log") as envoy:
        assert envoy.pid is not None
        os.kill(envoy.pid, signal.SIGSTOP)
        await asyncio.wait_for(envoy.stop(), 25)
        assert await envoy.ended() == -signal.SIGKILL


async def test_a_port_in_use_is_told(
    edge: Edge, short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """An Envoy that cannot listen ends at once, with its own words."""
    folder = short_folder()
    taken = {"listener": {"port": 0}, "admin": {"port": edge.envoy.admin.port}}
    with pytest.raises(EnvoyFailed, match="ended at once with status 1"):
        async with RunningEnvoy(gateway_of(folder, issuer_keys, edge=taken), folder=folder, log=folder / "log"):
            pass
