"""Envoy in front of each transport of ours: what it sends arrives, and what goes wrong passes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from envoy.run import RunningEnvoy
from runtime.settings.gateway import Gateway
from tests.ext_proc.transport.served import TRANSPORTS, Served, serving
from tests.fixtures.envoy import Keys, gateway_of
from tests.fixtures.told_stream import Told

pytestmark = pytest.mark.envoy


@dataclass(slots=True)
class Carried:
    """Envoy, and two processors of a transport behind it, each in a stack of its own that may be left."""

    transport: str
    gateway: Gateway
    client: httpx.AsyncClient
    token: str
    told: Told
    stacks: list[AsyncExitStack]
    servers: list[Served]

    async def ask(self, path: str = "/chunks", *, body: bytes = b"{}", script: str = "answer") -> httpx.Response:
        """One POST."""
        headers = {"authorization": f"Bearer {self.token}", "x-script": script, "content-type": "application/json"}
        return await self.client.post(path, content=body, headers=headers)

    async def start(self, number: int) -> None:
        """Starts the processor of that number."""
        stack = self.stacks[number] = AsyncExitStack()
        socket = Path(self.gateway.processor_socket(number))
        context = serving(self.transport, socket.parent, name=socket.name, drain=10, open_stream=self.told.stream)
        self.servers[number : number + 1] = [await stack.enter_async_context(context)]

    @property
    def open(self) -> int:
        """How many streams all of them hold."""
        return sum(server.open for server in self.servers)

    async def idle(self) -> None:
        """Returns once no stream is left."""
        async with asyncio.timeout(10):
            while self.open:  # noqa: ASYNC110  # there is no event for it
                await asyncio.sleep(0.005)


@pytest.fixture(params=TRANSPORTS, scope="module")
async def carried(
    request: pytest.FixtureRequest, short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> AsyncIterator[Carried]:
    """An Envoy for each transport."""
    folder = short_folder()
    gateway = gateway_of(folder, issuer_keys, processor={"processes": 2})
    patient = gateway.edge.model_copy(
        update={"processor_timeout": 20.0}
    )  # nobody here is hung, but a machine may be busy
    gateway = gateway.model_copy(update={"edge": patient})
    async with (
        RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy,
        httpx.AsyncClient(base_url="http://{}:{}".format(*envoy.address), timeout=20) as client,
    ):
        token = issuer_keys["main"].token(tier="enterprise")
        carried = Carried(request.param, gateway, client, token, Told(), [AsyncExitStack()] * 2, [])
        for number in range(2):
            await carried.start(number)
        await _until_answered(carried)
        yield carried
        for stack in carried.stacks:
            await stack.aclose()


async def _until_answered(carried: Carried) -> None:
    async with asyncio.timeout(10):
        while (await carried.ask()).status_code != 202:
            pass


async def test_a_body_arrives_whole(carried: Carried) -> None:
    """Of a few bytes, and of many frames and windows."""
    for path, size in (("/chunks", 2), ("/chunks", 9000), ("/big", 290_000)):
        answer = await carried.ask(path, body=b"x" * size)
        assert (202, {"size": size}) == (answer.status_code, answer.json())


async def test_many_at_once(carried: Carried) -> None:
    """Each has its own answer, and no stream stays."""
    answers = await asyncio.gather(*(carried.ask(body=b"x" * n) for n in range(1, 151)))
    assert [(202, {"size": n}) for n in range(1, 151)] == [(each.status_code, each.json()) for each in answers]
    await carried.idle()


@pytest.mark.parametrize("script", ["crash", "end"])
async def test_what_ends_without_an_answer_passes_nothing(carried: Carried, script: str) -> None:
    """An error of ours and a stream that ends in order are no leave to go on."""
    assert (await carried.ask(script=script)).status_code == 503
    assert 202 == (await carried.ask()).status_code


async def test_a_client_that_leaves_is_let_go(carried: Carried) -> None:
    """Envoy resets the stream; what it waited for is cancelled, and nothing of it is left."""
    carried.told.cut.clear()
    asked = asyncio.create_task(carried.ask(script="hang"))
    async with asyncio.timeout(10):
        while "hang" not in carried.told.begun[-1:] or not carried.open:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.005)
        asked.cancel()
        await carried.told.cut.wait()
    await carried.idle()


async def test_processors_that_leave_and_come_back_fail_no_request(carried: Carried) -> None:
    """One after the other drains under load: what it had begun it answers, and what is refused another takes."""
    statuses: list[int] = []
    done = asyncio.Event()

    async def keep_asking() -> None:
        while not done.is_set():
            statuses.append((await carried.ask()).status_code)

    async with asyncio.TaskGroup() as callers:
        for _ in range(8):
            callers.create_task(keep_asking())
        for number in (0, 1, 0):
            wanted = len(statuses) + 60
            await carried.stacks[number].aclose()
            await carried.start(number)
            async with asyncio.timeout(20):
                while len(statuses) < wanted:  # noqa: ASYNC110  # the callers are counted
                    await asyncio.sleep(0.005)
        done.set()
    assert {202} == set(statuses)
