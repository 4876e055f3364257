"""Keys on a real Kafka: two replicas agree on whose a key is, and one that starts later knows it too."""

import asyncio
from collections import Counter

import pytest

from bus.kafka.bus import KafkaBus
from bus.ports import Producer
from bus.records import Receipt
from ext_proc.idempotency.claimant import Attempt, Claimant
from ext_proc.idempotency.entry import Terms
from ext_proc.idempotency.following import follow
from ext_proc.idempotency.table import Kept
from ext_proc.idempotency.tables import Tables
from ext_proc.idempotency.verdict import Go, Replay, Verdict
from local.kafka.broker import KafkaBroker
from runtime.clock import SystemClock
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.kafka import KafkaSettings, TopicSettings
from schemas.idempotency import Origin
from schemas.signature import Signer
from tests.fixtures.kafka import NewName

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("kafka")]

TERMS = Terms(kept=86_400_000, lease=15_000)
SIGNER = Signer("r" * 32)


class Party:
    """The part of a processor that knows keys."""

    def __init__(self, bus: KafkaBus, producer: Producer, topic: str) -> None:
        clock = SystemClock()
        self._bus = bus
        self._tables = Tables(signer=SIGNER, clock=clock, metrics=GatewayMetrics(Registry()))
        table = self._tables.of(Kept(topic=topic, terms=TERMS, limit=100))
        # Claims may come before the follower has found its topic, which takes its time where many tests share the cores.
        self.claimant = Claimant(table, producer=producer, signer=SIGNER, clock=clock, source="/test", patience=20.0)

    async def follow(self) -> None:
        """Hears of the keys until cancelled."""
        await follow(self._bus, self._tables)


def attempt(number: int, *, name: int = 0) -> Attempt:
    """Another request each time, for the same."""
    unique = number.to_bytes(24, "big")
    asked = Origin(fingerprint=b"f" * 16, unique=unique, received_at=number)
    return Attempt(name=name.to_bytes(16, "big"), holder=unique, asked=asked)


async def test_replicas_agree(kafka: KafkaBroker, topic: NewName) -> None:
    """Of 20 racing retries on each of five keys one goes on; a replica that starts afterwards replays what it wrote."""
    name = topic("keys")
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=3)})
    async with asyncio.timeout(60), bus.producer() as producer, asyncio.TaskGroup() as tasks:
        one, two, late = (Party(bus, producer, name) for _ in range(3))
        following = [tasks.create_task(party.follow()) for party in (one, two)]
        for key in range(5):
            asking = [((one, two)[n % 2], attempt(20 * key + n, name=key)) for n in range(20)]
            verdicts = await asyncio.gather(*(party.claimant.claim(each) for party, each in asking))
            assert Counter(type(verdict) for verdict in verdicts)[Go] == 1
            first = asking[[type(verdict) for verdict in verdicts].index(Go)][1]
            receipt = Receipt(topic="rag.queries", partition=0, offset=key, timestamp=0)
            await one.claimant.fulfil(first, first.asked, receipt)
        following.append(tasks.create_task(late.follow()))
        answers = [await late.claimant.claim(attempt(1000 + key, name=key)) for key in range(5)]
        assert [_offset(answer) for answer in answers] == list(range(5))
        for task in following:
            task.cancel()


def _offset(verdict: Verdict) -> int:
    assert isinstance(verdict, Replay)
    return verdict.written.offset
