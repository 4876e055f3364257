"""A consumer's place in its group, on librdkafka."""

import sys
import time
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from bus.librdkafka import options
from bus.librdkafka.polling import Polling
from bus.librdkafka.pulse import Pulse, counts
from bus.librdkafka.rebalance import Rebalances

BEAT_SECONDS = 1.0  # between two looks at the counts
MAGIC = b"CGMDv2:"
SOON_SECONDS = 0.01  # how long librdkafka may wait for an answer that is there


class Membership:
    """Listens to what librdkafka says on the polling thread: of rebalances, which it passes on, and of heartbeats.

    `session` is in seconds.
    """

    def __init__(self, polling: Polling, rebalances: Rebalances, *, session: float) -> None:
        self._polling = polling
        self._rebalances = rebalances
        self._session = session
        self._pulse = Pulse()
        self._client: Consumer | None = None
        self._name: str | None = None

    def asks(self) -> dict[str, Any]:
        """What a consumer is to be made with."""
        return {
            "stats_cb": self._counted,
            "statistics.interval.ms": round(min(self._session / 10, BEAT_SECONDS) * 1000),
        }

    def join(self, client: Consumer, topics: list[str]) -> None:
        """Subscribes."""
        self._client = client
        client.subscribe(topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)

    def holds(self) -> bool:
        """As `Consumer.holds`."""
        return time.monotonic() - self._pulse.heard < self._session

    def turn(self, client: Consumer) -> float:
        """Called before each poll, which may wait for so long."""
        self._rebalances.serve(client)
        self._polling.leaving = self._rebalances.leaving
        return SOON_SECONDS if self._rebalances.waiting else options.POLL_SECONDS

    def _on_assign(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self._name = client.memberid()
        self._pulse.joined(self._polling.served)
        self._rebalances.on_assign(client, partitions)

    def _on_revoke(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self._rebalances.on_revoke(client, partitions)
        self._polling.leaving = self._rebalances.leaving  # at once: the same poll may have records of them in hand

    def _on_lost(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        self._name = None
        self._pulse.lost()
        self._rebalances.on_lost(client, partitions)
        self._polling.leaving = self._rebalances.leaving

    def _counted(self, told: str) -> None:
        now = counts(told)
        same = (
            self._client is not None
            and self._name is not None
            and now.rebalances == self._rebalances.begun  # one that is told of next may be that all is lost
            and self._client.memberid() == self._name  # librdkafka forgets its name first, when it is unknown
        )
        self._pulse.beat(now, self._polling.served, same=same)


def generation(member: bytes) -> int:
    """Of what generation a member is, in the words that librdkafka has for itself; -1 while it is none."""
    if not member.startswith(MAGIC):
        return -1
    return int.from_bytes(member[len(MAGIC) : len(MAGIC) + 4], sys.byteorder, signed=True)
