"""Where the feed's records meet those who wait for them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from bus.partitioner import partition_of
from bus.records import Partition, Received
from ext_proc.results.errors import Busy
from ext_proc.results.live.channel import Horizon
from ext_proc.results.live.history import History
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.trust import Trust, anybody

PROOFS = 100_000  # keys remembered from `known_by` topics, about 25 MB


class Hub:
    """Recent events of some topics, and their readers. Everything happens on the event loop, so nothing is half done."""

    def __init__(
        self, *, topics: Collection[str], proofs: Collection[str], history_bytes: int, trust: Trust = anybody
    ) -> None:
        self.history = History(limit=history_bytes)
        self.proofs = Proofs(limit=PROOFS)
        self._topics = frozenset(topics)
        self._proving = frozenset(proofs)
        self._trust = trust
        self._horizons: dict[Partition, Horizon] = {}
        self._counts: dict[str, int] = {}

    def begin(self, partition: Partition, *, offset: int, before: int) -> None:
        """The feed follows `partition` from `offset` on; no record below is younger than `before` (ms)."""
        if partition in self._horizons or partition.topic not in self._topics:
            return
        self._horizons[partition] = Horizon(at=partition, floor=offset, before=before, position=offset)
        self._counts[partition.topic] = self._counts.get(partition.topic, 0) + 1

    def positions(self) -> Mapping[Partition, int]:
        """The next offset expected of each partition."""
        return {partition: horizon.position for partition, horizon in self._horizons.items()}

    def push(self, records: Sequence[Received]) -> None:
        """Takes what the feed brings, and passes over what is not trusted. Looks at keys and headers; never into a body."""
        for record in records:
            trusted = self._trust(record)
            if trusted and record.topic in self._proving:
                self.proofs.add(record)
            if record.topic in self._topics:
                self._keep(record, trusted=trusted)

    def _keep(self, record: Received, *, trusted: bool) -> None:
        horizon = self._horizons.get(record.at)
        if horizon is None:  # the topic has grown
            self.begin(record.at, offset=record.offset, before=record.timestamp)
            horizon = self._horizons[record.at]
        if record.offset < horizon.position:  # the tail was opened again a little too early
            return
        horizon.position = record.offset + 1
        if trusted and record.key is not None:
            self.history.append(record, record.key, horizon)

    def lose(self, partition: Partition, *, position: int, now: int) -> None:
        """The feed has to go on at `position` and knows nothing of what lies before."""
        if horizon := self._horizons.get(partition):
            self.history.lose(horizon, position=position, now=now)

    def horizon(self, wants: Subscription) -> Horizon:
        """What memory holds of the partition that the subscription's key is in.

        Raises:
            Busy: The feed does not follow it, or not yet.
        """
        number = partition_of((wants.key or "").encode(), self._counts.get(wants.topic, 1))
        horizon = self._horizons.get(Partition(wants.topic, number))
        if horizon is None:
            raise Busy(what=f"{wants.topic}[{number}] is not followed")
        return horizon

    @contextmanager
    def watching(self, subscriber: Subscriber) -> Iterator[None]:
        """Keeps `subscriber` at its channel while the context is open.

        Raises:
            Busy: As `horizon`.
        """
        wants = subscriber.wants
        name = (wants.topic, (wants.key or "").encode())
        subscriber.join(self.history.watch(name, self.horizon(wants), subscriber))
        try:
            yield
        finally:
            self.history.unwatch(name, subscriber)
