"""A results server on a bus, and the hands to play with it."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bus.partitioner import partition_of
from bus.ports import Bus, Producer
from bus.records import Partition, Receipt, Record
from ext_proc.results.live.feed import Feed
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.spending import Admission
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.service import Besides, results
from ext_proc.results.trust import Trust, anybody
from runtime.clock import SystemClock
from runtime.metrics import Registry, ResultsMetrics
from runtime.settings.edge import ResultsSettings
from runtime.settings.kafka import TopicSettings
from schemas.events import event_type
from tests.ext_proc.results.client import PATIENCE, Client

PARTITIONS = 3
Open = Callable[..., AbstractAsyncContextManager["Desk"]]


class Desk:
    """One results server."""

    def __init__(self, *, bus: Bus, producer: Producer, topics: tuple[str, str], socket: str) -> None:
        self.bus = bus
        self.producer = producer
        self.topic, self.proofs = topics
        self.socket = socket
        self.registry = Registry()
        self.feed: Feed

    def wants(self, key: str = "k", user: str = "alice", **changes: Any) -> Subscription:
        """A subscription of an issued id, whose topic is as old as the epoch."""
        wants = Subscription(
            topic=self.topic,
            key=key,
            user_id=user,
            tier="free",
            query_id=key,
            since=1,
            known_by=self.proofs,
            missing="wait",
        )
        return replace(wants, **changes)

    def at(self, key: str = "k") -> Partition:
        """Where the key's records lie."""
        return Partition(self.topic, partition_of(key.encode(), PARTITIONS))

    def neighbour(self) -> str:
        """Another key in the partition of `k`."""
        return next(key for key in (f"n{number}" for number in range(100)) if self.at(key) == self.at())

    def whole(self, **changes: Any) -> Subscription:
        """A subscription of everything in the topic, whoever wrote it."""
        wants = Subscription(topic=self.topic, key=None, user_id="alice", tier="free", missing="wait", ends=False)
        return replace(wants, **{"owner": False, "signed": False, **changes})

    async def write(
        self,
        data: object = None,
        *,
        key: str | None = "k",
        partition_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Receipt:
        """Writes a record as any producer does; no data is a tombstone."""
        record = Record(
            topic=self.topic,
            key=key.encode() if key is not None else None,
            value=json.dumps(data).encode() if data is not None else None,
            headers=tuple((name, value.encode()) for name, value in (headers or {}).items()),
            partition_key=partition_key.encode() if partition_key is not None else None,
        )
        return await self.producer.put(record)

    async def put(
        self, name: str, data: object = None, *, key: str = "k", user: str = "alice", topic: str = ""
    ) -> Receipt:
        """Writes an event, to the topic of events unless another is named."""
        headers = (("ce_type", event_type(name).encode()), ("user-id", user.encode()))
        value = json.dumps(data if data is not None else {}).encode()
        return await self.producer.put(
            Record(topic=topic or self.topic, key=key.encode(), value=value, headers=headers)
        )

    async def answer(self, words: int, *, key: str = "k", user: str = "alice") -> str:
        """Writes a whole answer, and returns its text."""
        text = [f"{key}-{number} " for number in range(words)]
        for word in text:
            await self.put("delta", {"text": word}, key=key, user=user)
        await self.put("done", {"answer": "".join(text)}, key=key, user=user)
        return "".join(text)

    async def prove(self, key: str = "k", *, user: str = "alice") -> None:
        """Writes the record that proves the key."""
        record = Record(topic=self.proofs, key=key.encode(), value=b"{}", headers=(("user-id", user.encode()),))
        await self.producer.put(record)

    async def get(self, wants: Subscription | None = None, **options: Any) -> Client:
        """Asks for a stream."""
        return await Client.get(self.socket, wants or self.wants(), **options)

    async def nobody(self) -> None:
        """Returns when no stream is open."""
        async with asyncio.timeout(PATIENCE):
            while self.sample("gateway_streams_open", topic=self.topic):  # noqa: ASYNC110 - a gauge has no event
                await asyncio.sleep(0.001)

    async def pushed(self, receipt: Receipt) -> None:
        """Returns when the feed has brought that record."""
        at = Partition(receipt.topic, receipt.partition)
        async with asyncio.timeout(PATIENCE):
            while self.feed._hub.positions()[at] <= receipt.offset:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def proved(self, key: str = "k", *, user: str = "alice") -> None:
        """Returns when memory has the proof of that key."""
        async with asyncio.timeout(PATIENCE):
            while self.feed._hub.proofs.seen((self.proofs, key.encode(), user.encode())) is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def asked(self, wants: Subscription, *, asking: bool = True) -> None:
        """Returns when a reader waits for proof that its key exists, or when none does any more."""
        proof = (wants.known_by, (wants.key or "").encode(), wants.user_id.encode())
        async with asyncio.timeout(PATIENCE):
            while asking != (proof in self.feed._hub.proofs._asking):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def ask(self, wants: Subscription) -> asyncio.StreamWriter:
        """Asks for a stream, and does not wait for the answer."""
        _, writer = await asyncio.open_unix_connection(self.socket)
        head = "".join(f"{name}: {value}\r\n" for name, value in wants.headers())
        writer.write(f"GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        return writer

    def sample(self, name: str, **labels: str) -> float | None:
        """A metric's value."""
        return self.registry.collectors.get_sample_value(name, labels)


async def make_topics(bus: Bus, *topics: str, partitions: int = PARTITIONS) -> None:
    """Creates topics."""
    async with bus.admin() as admin:
        await admin.ensure({topic: TopicSettings(partitions=partitions) for topic in topics})


@asynccontextmanager
async def open_desk(
    bus: Bus,
    *,
    topics: tuple[str, str],
    ready: bool = True,
    clock: SystemClock | None = None,
    trust: Trust = anybody,
    followed: Topics | None = None,
    admission: Admission | None = None,
    besides: Besides | None = None,
    **settings: Any,
) -> AsyncIterator[Desk]:
    """Runs a results server; by default, once it has caught up."""
    with tempfile.TemporaryDirectory(prefix="res-") as folder:
        async with bus.producer() as producer:
            desk = Desk(bus=bus, producer=producer, topics=topics, socket=str(Path(folder) / "r.sock"))
            async with results(
                bus=bus,
                topics=followed or Topics(events=frozenset([topics[0]]), proofs=frozenset([topics[1]])),
                trust=trust,
                settings=ResultsSettings(**{"drain": 2.0, **settings}),
                metrics=ResultsMetrics(desk.registry),
                clock=clock or SystemClock(),
                socket=desk.socket,
                besides=besides or Besides(admission=admission),
            ) as desk.feed:
                if ready:
                    await asyncio.wait_for(desk.feed.wait_ready(), PATIENCE)
                yield desk


def text_of(events: list[Any]) -> str:
    """The text of all deltas."""
    return "".join(event.json()["text"] for event in events if event.name == "delta")
