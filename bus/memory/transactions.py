"""The in-memory writer of transactions."""

import asyncio
from collections.abc import Mapping, Sequence

from bus.errors import CommitLost, Undecided
from bus.memory.cluster import Cluster
from bus.memory.consumer import MemoryConsumer
from bus.memory.refusal import placed
from bus.ports import Consumer
from bus.records import Commit, Partition, Receipt, Record


class MemoryTransactions:
    """Keeps the promises of `bus.ports.Transactions`. Nothing else runs between its checks and its writes."""

    def __init__(self, cluster: Cluster, *, name: str) -> None:
        self._cluster = cluster
        self._name = name
        self._epoch = cluster.fence(name)

    async def commit(
        self,
        records: Sequence[Record],
        *,
        offsets: Mapping[Partition, Commit] | None = None,
        consumer: Consumer | None = None,
    ) -> Sequence[Receipt]:
        """As `Transactions.commit`."""
        await asyncio.sleep(0)  # as long as any broker takes: others go on meanwhile
        self._cluster.check("committing a transaction")
        if self._epoch != self._cluster.epoch(self._name):
            raise CommitLost(writer=self._name)
        member = _member(consumer) if offsets else None
        if member:
            member.group.check(member, (offsets or {}).keys())
        ready = [placed(self._cluster, record) for record in records]
        doubt = self._cluster.doubted()
        if doubt is False:
            raise Undecided(writer=self._name)
        if member:
            member.group.commit(member, offsets or {})
        receipts = self._cluster.append_all(ready)
        if doubt:
            raise Undecided(writer=self._name)
        return receipts


def _member(consumer: Consumer | None) -> MemoryConsumer:
    if not isinstance(consumer, MemoryConsumer):
        msg = f"offsets need their consumer in memory, not {consumer!r}"
        raise TypeError(msg)
    return consumer
