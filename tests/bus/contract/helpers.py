"""What the tests of the contract do again and again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol, cast

from bus.ports import Bus
from bus.records import Headers, Partition, Receipt, Received, Record
from runtime.settings.kafka import TopicSettings

PATIENCE = 30.0  # seconds until a test that waits has failed; a rebalance of a real group takes a few


class Source(Protocol):
    """A consumer or a tail."""

    def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As the port says."""


async def create(bus: Bus, name: str, *, partitions: int = 3) -> str:
    """Creates a topic and returns its name."""
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=partitions)})
    return name


async def write(bus: Bus, topic: str, count: int, *, key: bytes = b"k", first: int = 0) -> list[Receipt]:
    """Writes `count` numbered records of one key."""
    async with bus.producer() as producer:
        sent = [producer.send(record(topic, str(first + at), key=key)) for at in range(count)]
        return list(await asyncio.gather(*sent))


def record(topic: str, value: str = "v", *, key: bytes = b"k", headers: Headers = ()) -> Record:
    """A record of text."""
    return Record(topic=topic, key=key, value=value.encode(), headers=headers)


async def take(source: Source, count: int) -> list[Received]:
    """The next `count` records, or a little more."""
    taken: list[Received] = []
    async with asyncio.timeout(PATIENCE), aclosing(cast(Any, source.batches())) as batches:
        async for batch in batches:
            taken.extend(batch)
            if len(taken) >= count:
                break
    return taken


def values(records: Sequence[Received]) -> list[str]:
    """The values as text."""
    return [(record.value or b"").decode() for record in records]


class Listener:
    """Keeps what it hears in order, and can hold a revocation up."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, frozenset[Partition]]] = []
        self.owned: set[Partition] = set()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._changed = asyncio.Event()

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """Notes what has come."""
        self.owned |= set(partitions)
        self._note("assigned", partitions)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Notes what leaves, before and after the wait."""
        self._note("revoking", partitions)
        await self.go_on.wait()
        self.owned -= set(partitions)
        self._note("revoked", partitions)

    async def owns(self, count: int) -> None:
        """Returns when so many partitions are owned."""
        await self._until(lambda: len(self.owned) == count)

    async def hears(self, what: str) -> None:
        """Returns when something of the kind has been heard."""
        await self._until(lambda: any(kind == what for kind, _ in self.heard))

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _note(self, what: str, partitions: Collection[Partition]) -> None:
        self.heard.append((what, frozenset(partitions)))
        self._changed.set()


class Progress:
    """What several readers have read, and a way to wait for more of it."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns when the condition holds, looking again after each batch."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    @asynccontextmanager
    async def reading(self, source: Source) -> AsyncIterator[list[Received]]:
        """A list that grows by what is read meanwhile."""
        taken: list[Received] = []
        task = asyncio.create_task(self._read(source, taken))
        try:
            yield taken
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _read(self, source: Source, taken: list[Received]) -> None:
        async for batch in source.batches():
            taken.extend(batch)
            self._changed.set()
