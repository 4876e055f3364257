"""Several processors and results servers: one that goes takes no request with it."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from envoy.run import RunningEnvoy
from runtime.settings.gateway import Gateway
from tests.fixtures.envoy import Keys, gateway_of
from tests.fixtures.stub_results import StubResults

pytestmark = pytest.mark.envoy
CALLERS = 8


def _patient(gateway: Gateway) -> Gateway:
    """With more time for an answer than a busy machine takes to give it: nobody here is hung, only gone."""
    edge = gateway.edge.model_copy(update={"processor_timeout": 10.0})
    return gateway.model_copy(update={"edge": edge})


async def _processor(socket: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fixtures.stub_processor", socket, stdout=PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"serving\n"
    return process


@asynccontextmanager
async def _edge(gateway: Gateway, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, list[Process]]]:
    sockets = [gateway.processor_socket(number) for number in range(2)]
    processors = list(await asyncio.gather(*(_processor(socket) for socket in sockets)))
    try:
        async with (
            RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy,
            httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address), timeout=10) as client,
        ):
            yield client, processors
    finally:
        for process in processors:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _under_load(client: httpx.AsyncClient, token: str, then: Callable[[], Awaitable[None]]) -> list[int]:
    """Statuses of what `CALLERS` asked, one request after the other, before, during and after `then`."""
    done = asyncio.Event()
    statuses: list[int] = []

    async def call() -> None:
        while not done.is_set():
            answer = await client.post("/chunks", json={}, headers={"authorization": f"Bearer {token}"})
            statuses.append(answer.status_code)

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(call())
        await _asked(statuses, 50)
        await then()
        await _asked(statuses, 150)
        done.set()
    return statuses


async def _asked(statuses: list[int], more: int) -> None:
    wanted = len(statuses) + more
    async with asyncio.timeout(20):
        while len(statuses) < wanted:  # noqa: ASYNC110 - the callers are counted, and go on meanwhile
            await asyncio.sleep(0.01)


async def test_a_killed_processor_fails_no_request(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """Of two processors one is killed under load: what it held is asked again of the other."""
    folder = short_folder()
    gateway = _patient(gateway_of(folder, issuer_keys, processor={"processes": 2}))
    async with _edge(gateway, folder) as (client, processors):

        async def kill() -> None:
            processors[0].kill()
            await processors[0].wait()

        statuses = await _under_load(client, issuer_keys["main"].token(tier="enterprise"), kill)
    assert {202} == set(statuses)


async def test_a_rolling_restart_fails_no_request(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """One after the other is stopped in order and started again, under load."""
    folder = short_folder()
    gateway = _patient(gateway_of(folder, issuer_keys, processor={"processes": 2}))
    async with _edge(gateway, folder) as (client, processors):

        async def roll() -> None:
            for number, process in enumerate(processors):
                process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), 10)
                processors[number] = await _processor(gateway.processor_socket(number))

        statuses = await _under_load(client, issuer_keys["main"].token(tier="enterprise"), roll)
    assert {202} == set(statuses)


async def test_without_a_processor_all_is_503(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """With every processor down nothing passes, and with one back all is well without a restart."""
    folder = short_folder()
    gateway = gateway_of(folder, issuer_keys, processor={"processes": 2})
    headers = {"authorization": f"Bearer {issuer_keys['main'].token(tier='enterprise')}"}
    async with _edge(gateway, folder) as (client, processors):
        for process in processors:
            process.kill()
            await process.wait()
        answer = await client.post("/chunks", json={}, headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"].endswith("/processor-unavailable")
        processors[0] = await _processor(gateway.processor_socket(0))
        async with asyncio.timeout(10):
            while answer.status_code != 202:
                answer = await client.post("/chunks", json={}, headers=headers)


async def test_results_fail_over_and_come_back(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """With no results server it is 503; with one of two it is always that one."""
    folder = short_folder()
    gateway = gateway_of(folder, issuer_keys, processor={"processes": 2}, results={"processes": 2})
    headers = {"authorization": f"Bearer {issuer_keys['main'].token(tier='enterprise')}", "x-script": "pass"}
    async with _edge(gateway, folder) as (client, _), AsyncExitStack() as stack:
        answer = await client.get("/results/abc", headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"].endswith("/upstream-unavailable")
        results = await stack.enter_async_context(StubResults(gateway.results_socket(1)))
        results.more.set()
        answers = [await client.get("/results/abc", headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 6


async def test_a_read_is_asked_again_where_a_results_server_has_died(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """One takes requests and dies before it answers: the other one answers them, under the same request id."""
    folder = short_folder()
    gateway = gateway_of(folder, issuer_keys, processor={"processes": 2}, results={"processes": 2})
    headers = {"authorization": f"Bearer {issuer_keys['main'].token(tier='enterprise')}", "x-script": "pass"}
    taken: list[bytes] = []

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with (
        await asyncio.start_unix_server(die, gateway.results_socket(0)),
        StubResults(gateway.results_socket(1)) as results,
        _edge(gateway, folder) as (client, _),
    ):
        results.more.set()
        answers = [await client.get("/results/abc", headers=headers | {"x-test": str(n)}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 12
    assert taken
    answered = {
        value for seen in results.seen.values() for name, value in seen.items() if name.lower() == "x-request-id"
    }
    assert {_request_id(request) for request in taken} <= answered


def _request_id(request: bytes) -> str:
    return request.partition(b"x-request-id: ")[2].partition(b"\r\n")[0].decode()
