"""Readers cut at any byte, on replicas that come and go, while answers are being written."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress

import pytest

from bus.memory import MemoryBus
from tests.ext_proc.results.client import Client, Sse
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, open_desk, text_of

READERS, KEYS, WORDS = 40, 6, 80


class Replicas:
    """Three servers of one bus with memories of different sizes; one after the other is closed and opened again."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._memories = (1, 8_000, 2**26)
        self._stacks: list[AsyncExitStack] = []
        self.desks: list[Desk] = []

    async def open(self) -> None:
        """Opens all."""
        for memory in self._memories:
            self._stacks.append(AsyncExitStack())
            self.desks.append(await self._enter(self._stacks[-1], memory))

    async def restart(self, number: int) -> None:
        """Closes one, which cuts its readers, and opens another in its place."""
        await self._stacks[number].aclose()
        self.desks[number] = await self._enter(self._stacks[number], self._memories[number])

    async def close(self) -> None:
        """Closes all."""
        for stack in self._stacks:
            await stack.aclose()

    async def _enter(self, stack: AsyncExitStack, memory: int) -> Desk:
        return await stack.enter_async_context(
            open_desk(self._bus, topics=TOPICS, history_bytes=memory, drain=0.0, buffer_events=30)
        )


@pytest.mark.parametrize("seed", range(4))
async def test_every_byte_once(bus: MemoryBus, seed: int) -> None:
    """Whatever happens to its connections, each reader's text is what `done` says, and no event comes twice."""
    chance, replicas = random.Random(seed), Replicas(bus)
    await replicas.open()
    async with asyncio.timeout(60):
        readers = asyncio.gather(*(_read(replicas, random.Random(f"{seed}.{n}"), n) for n in range(READERS)))
        async with bus.producer() as producer:
            writing = Desk(bus=bus, producer=producer, topics=TOPICS, socket="")
            await asyncio.gather(
                *(writing.answer(WORDS, key=f"k{key}") for key in range(KEYS)), _churn(replicas, chance)
            )
        texts = await readers
    await replicas.close()
    assert [text for text, _ in texts] == [answer for _, answer in texts]


async def _churn(replicas: Replicas, chance: random.Random) -> None:
    for _ in range(4):
        await asyncio.sleep(0.02)
        await replicas.restart(chance.randrange(3))


async def _read(replicas: Replicas, chance: random.Random, number: int) -> tuple[str, str]:
    events: list[Sse] = []
    while not events or events[-1].name != "done":
        desk = chance.choice(replicas.desks)
        last = events[-1].id if events else None
        with suppress(OSError, asyncio.IncompleteReadError):
            async with await desk.get(desk.wants(key=f"k{number % KEYS}"), last=last) as client:
                assert client.status in {200, 503}
                if client.status == 200:
                    await _some_bytes(client, chance.randrange(1, 3_000), events)
        await asyncio.sleep(0)
    own = [event for event in events if event.name in {"delta", "done"}]
    assert len({event.id for event in own}) == len(own)
    return text_of(own), own[-1].json()["answer"]


async def _some_bytes(client: Client, allowed: int, events: list[Sse]) -> None:
    """Reads up to so many bytes; what is not a whole event by then is lost with the connection."""
    while allowed > 0 and (chunk := await asyncio.wait_for(client.chunk(), 10)):
        events += client.sse.feed(chunk[:allowed])
        allowed -= len(chunk)
        if events and events[-1].name == "done":
            return
