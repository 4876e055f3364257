"""`python -m bench.inside`: what a POST costs in the processor's own code, and what a record costs in the Kafka client.

Neither has a network of others in it: a POST is Envoy's two messages, put into a stream whose producer answers at once,
and a record goes to a broker of this run alone. What is counted is the CPU time of this process, in several short slices,
of which the least is shown too: it is what the others do that makes the rest larger.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

import uvloop

from bench.body import TIER, callers
from bench.messages import asking
from bus.choice import bus_for
from bus.ports import Producer
from bus.records import Receipt, Record
from ext_proc.build import build
from ext_proc.registry import BUILT_IN
from ext_proc.router import Router
from ext_proc.services import services_for
from ext_proc.stream import Stream
from local.commands import ROOT
from local.kafka.broker import KafkaBroker
from runtime.clock import SystemClock
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.kafka import Client, KafkaSettings, TopicSettings
from runtime.settings.load import load_with_source

SLICES = 7
POSTS = 2000
RECORDS = {1: 300, 8: 1500, 32: 3000}  # how many at once, and how many of them in a slice
TOPIC = "bench.inside"

_KEYS = {"SLUICE_ID_KEY": "i" * 32, "SLUICE_RECORD_KEY": "r" * 32}


class Accepting:
    """A producer that has always been acknowledged already; it keeps the last record."""

    last: Record | None = None

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`."""
        self.last = record
        return self._taken(record)

    async def put(self, record: Record) -> Receipt:
        """As `Producer.put`."""
        return await self.send(record)

    async def flush(self) -> None:
        """As `Producer.flush`."""

    async def _taken(self, record: Record) -> Receipt:
        return Receipt(topic=record.topic, partition=0, offset=1, timestamp=1)


async def posts(producer: Producer, *, count: int) -> None:
    """So many accepted POSTs of chunks, through the whole chain."""
    gateway, source = load_with_source(ROOT / "gateway.yaml", environ=_KEYS)
    metrics, clock = GatewayMetrics(Registry(process=False)), SystemClock()
    services = services_for(gateway, producer=producer, metrics=metrics, clock=clock)
    router = Router(build(services, plugins=BUILT_IN, source=source))
    messages = [asking(sub, tier=TIER, number=number) for number, sub in enumerate(callers())]

    async def slice_() -> None:
        for number in range(count):
            stream = Stream(router=router, metrics=metrics, clock=clock)
            for message in messages[number % len(messages)]:
                replies = await stream.receive(message)
            assert b"gw_accepted" in replies[0]

    await shown("a POST in the processor's own code", slice_, count=count)


async def records(bootstrap: str, client: Client, like: Record) -> None:
    """Records one at a time, and several, each sent when one is acknowledged."""
    bus = bus_for(KafkaSettings(bootstrap=bootstrap), client)
    async with bus.admin() as admin:
        await admin.ensure({TOPIC: TopicSettings(partitions=6)})
    async with bus.producer() as producer:
        for at_once, count in RECORDS.items():

            async def one(numbers: range) -> None:
                for number in numbers:
                    key = b"%d" % number
                    await producer.put(Record(topic=TOPIC, key=key, value=like.value, headers=like.headers))

            async def slice_(at_once: int = at_once, count: int = count) -> None:
                await asyncio.gather(*(one(range(first, count, at_once)) for first in range(at_once)))

            await shown(f"a record in {client}, {at_once} at once", slice_, count=count)


async def shown(what: str, slice_: Callable[[], Awaitable[None]], *, count: int) -> None:
    """Prints the microseconds of CPU for each of `count`, of several slices, after one to warm up."""
    await slice_()
    each: list[float] = []
    for _ in range(SLICES):
        before = time.process_time()
        await slice_()
        each.append((time.process_time() - before) / count * 1e6)
    print(f"{what:45} {median(each):7.1f} us (least {min(each):.1f})", flush=True)


async def main(clients: Sequence[Client]) -> None:
    """Everything."""
    accepting = Accepting()
    await posts(accepting, count=POSTS)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        async with KafkaBroker(Path(home) / "kafka") as broker:
            for client in clients:
                if accepting.last is not None:
                    await records(broker.bootstrap, client, accepting.last)


if __name__ == "__main__":
    known: dict[str, Client] = {"kafka-python": "kafka-python", "librdkafka": "librdkafka"}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main([known[name] for name in sys.argv[1:] or ["kafka-python"]]))
