"""The documented example: a topic of anybody's, through the processor's chain and the results server, on either bus."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from bus.kafka.bus import KafkaBus
from bus.memory import MemoryBus
from bus.ports import Bus
from bus.records import Partition, Receipt
from ext_proc.results.app import followed
from ext_proc.results.reader.subscription import HEADER
from ext_proc.results.trust import signed_by
from local.kafka.broker import KafkaBroker
from runtime.settings.gateway import Gateway
from runtime.settings.kafka import KafkaSettings
from runtime.settings.source import Source
from schemas.signature import Signer
from tests.ext_proc.results.client import Client, Sse
from tests.ext_proc.results.desk import Desk, open_desk
from tests.fixtures.kafka import NewName
from tests.fixtures.processor import CLAIMS, Processor, processor_for
from tests.fixtures.settings import ROOT, declared

PAGE = (ROOT / "docs/results.md").read_text(encoding="utf-8")

OnKafka = pytest.param("kafka", marks=pytest.mark.kafka)
BUSES = pytest.mark.parametrize("kind", ["memory", OnKafka])


def documented(topic: str) -> tuple[Gateway, Source]:
    """gateway.yaml with what the page adds to it; the topic has a name of the test's own."""
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    added = yaml.safe_load(re.sub(r"\borders(?=: {)|(?<=topic: )orders\b", topic, found.group(1)))
    whole = yaml.safe_load((ROOT / "gateway.yaml").read_text(encoding="utf-8"))
    whole["topics"] |= added["topics"]
    for route in added["routes"]:
        route["name"] = route["name"].split("-")[0]
    whole["routes"] += added["routes"]
    return declared(yaml.safe_dump(whole))


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything that the example needs, running."""

    processor: Processor
    desk: Desk

    async def open(self, path: str, *, tier: str = "standard", last: str | None = None) -> Client:
        """Asks as a client does; the processor decides, and Envoy's part is to carry its header over."""
        claims = {**CLAIMS, "tier": tier, "scope": "orders:read"}
        passed = await self.processor.ask("GET", path, claims=claims)
        assert passed.status is None
        return await Client.get(self.desk.socket, None, last=last, more=((HEADER, passed.headers[HEADER]),), path=path)

    async def write(self, order: str, state: str | None, *, shop: str = "s1", tier: str = "free") -> Receipt:
        """Writes an order as the service does that owns the topic; no state says that it is gone."""
        data = {"order": order, "state": state} if state else None
        return await self.desk.write(data, key=order, headers={"shop": shop, "tier": tier})


@asynccontextmanager
async def example(bus: Bus, topic: str, **settings: Any) -> AsyncIterator[Shop]:
    """Runs it."""
    gateway, source = documented(topic)
    trust = signed_by(Signer(gateway.keys.records.get_secret_value()))
    topics, names = followed(gateway, source), (topic, topic)
    async with bus.admin() as admin:
        await admin.ensure(gateway.topics)
    own = MemoryBus()  # the processor only decides here
    async with (
        own.producer() as producer,
        open_desk(bus, topics=names, followed=topics, trust=trust, **settings) as desk,
    ):
        yield Shop(await processor_for(own, producer, declaration=(gateway, source)), desk)


@pytest.fixture
def bus(kind: str, request: pytest.FixtureRequest) -> Bus:
    """A bus of that kind."""
    if kind == "memory":
        return MemoryBus()
    kafka: KafkaBroker = request.getfixturevalue("kafka")
    return KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))


def states(events: list[Sse]) -> Mapping[str, list[str]]:
    """What the reader has seen of each order, in order."""
    seen: dict[str, list[str]] = {}
    for event in events:
        assert event.name == "message"
        seen.setdefault(event.json()["order"], []).append(event.json()["state"])
    return seen


@BUSES
@pytest.mark.parametrize("memory", [2**24, 1])
async def test_a_whole_topic_of_64_partitions(bus: Bus, topic: NewName, memory: int) -> None:
    """Cut and resumed, out of memory or out of Kafka, every order comes once and its states in order; its ids stay short."""
    async with example(bus, topic("orders"), topic_bytes=memory) as shop:
        async with await shop.open("/orders?since=0") as client:
            begins = await client.place()
        expected = {f"o{number}": ["new", "paid", "sent"] for number in range(70)}
        for state in ("new", "paid", "sent"):
            await asyncio.gather(*(shop.write(order, state) for order in expected))
        events, last = list[Sse](), begins
        for count in (1, 9, 50, 150):
            async with await shop.open("/orders", last=last) as client:
                events += await client.take(count)
            last = events[-1].id
        assert expected == states(events)
        assert max(len(event.id) for event in events) <= 120


@BUSES
async def test_live_and_deleted(bus: Bus, topic: NewName) -> None:
    """Without an id a reader has what comes from now on; that an order is gone comes with its key."""
    async with example(bus, topic("orders")) as shop:
        await shop.desk.pushed(await shop.write("o1", "new"))
        async with await shop.open("/orders") as client:
            await shop.write("o1", "paid")
            await shop.write("o1", None)
            paid, gone = await client.take(2)
    assert paid.json() == {"order": "o1", "state": "paid"}
    assert (gone.name, gone.json()) == ("delete", {"key": "o1"})


@BUSES
async def test_tiers(bus: Bus, topic: NewName) -> None:
    """A reader sees the orders of its tier and of lower ones; an order without a tier is nobody's."""
    async with example(bus, topic("orders")) as shop:
        for number, tier in enumerate(["free", "standard", "enterprise", "gold", ""]):
            await shop.write("o", str(number), tier=tier)
        await shop.write("o", "last", tier="free")
        for tier, seen in (("free", ["0"]), ("standard", ["0", "1"]), ("enterprise", ["0", "1", "2"])):
            async with await shop.open("/orders?since=0", tier=tier) as client:
                assert {"o": [*seen, "last"]} == states(await client.take(len(seen) + 1))


@BUSES
async def test_one_shop(bus: Bus, topic: NewName) -> None:
    """Conditions by equality and by a set, filled from the path."""
    async with example(bus, topic("orders")) as shop:
        for number, (name, tier) in enumerate(
            [("s1", "free"), ("s2", "free"), ("s1", "enterprise"), ("s1", "standard")]
        ):
            await shop.write("o", str(number), shop=name, tier=tier)
        for name, seen in (("s1", ["0", "3"]), ("s2", ["1"])):
            async with await shop.open(f"/shops/{name}/orders") as client:
                assert {"o": seen} == states(await client.take(len(seen)))


@BUSES
async def test_since(bus: Bus, topic: NewName) -> None:
    """From a time on, in every partition; the older orders are not among them."""
    async with example(bus, topic("orders")) as shop:
        await asyncio.gather(*(shop.write(f"o{number}", "new") for number in range(20)))
        await asyncio.sleep(0.01)
        receipt = await shop.write("o0", "paid")
        await asyncio.gather(*(shop.write(f"o{number}", "paid") for number in range(1, 20)))
        async with await shop.open(f"/orders?since={receipt.timestamp}") as client:
            assert {f"o{number}": ["paid"] for number in range(20)} == states(await client.take(20))


@BUSES
@pytest.mark.parametrize("history", [2**24, 1])
async def test_one_order(bus: Bus, topic: NewName, history: int) -> None:
    """One key, whoever wrote it: what it was, then what it becomes; an order that nobody knows is 404."""
    async with example(bus, topic("orders"), history_bytes=history, unknown_wait=0.01) as shop:
        await shop.write("o1", "new")
        await shop.desk.pushed(await shop.write("o2", "new"))
        async with await shop.open("/orders/o1") as client:
            events = await client.take(1)
            await shop.write("o1", "paid")
            events += await client.take(1)
            await shop.write("o1", None)
            gone = await client.next()
        assert {"o1": ["new", "paid"]} == states(events)
        assert gone is not None
        assert (gone.name, gone.json()) == ("delete", {"key": "o1"})
        async with await shop.open("/orders/o1", last=events[0].id) as client:
            assert await client.take(2) == [events[1], gone]
        async with await shop.open("/orders/o3") as client:
            assert client.status == 404


@BUSES
async def test_another_process(bus: Bus, topic: NewName) -> None:
    """An id is understood by a process that has never seen its reader, even if it has come further than that process."""
    name = topic("orders")
    async with example(bus, name) as shop:
        client = await shop.open("/orders?since=0")
        await asyncio.gather(*(shop.write(f"o{number}", "new") for number in range(70)))
        events = await client.take(40)
        await client.close()
    async with example(bus, name) as shop, await shop.open("/orders", last=events[-1].id) as client:
        assert {f"o{number}": ["new"] for number in range(70)} == states(events + await client.take(30))


@pytest.mark.parametrize("kind", ["memory"])
async def test_partitions(bus: Bus, topic: NewName) -> None:
    """The topic is made as the page declares it."""
    name = topic("orders")
    async with example(bus, name) as shop, shop.desk.bus.reader() as reader:
        assert await reader.partitions(name) == 64
        assert (await reader.bounds(Partition(name, 63))).end == 0
