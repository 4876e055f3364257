"""kafka-python's consumer, with four faults of its release 3.0.12 mended. Three of them make a consumer stand still.

1. A fetch request waits at the broker until one of its partitions has a record. kafka-python names in it only the
   partitions that it holds nothing of; so when an answer arrives just before a request goes out, or when an answer is
   larger than one poll takes, the busiest partition is left out, and its next records wait until another partition has
   some or the request has waited out its time, half a second. With fifty records a second it is common.
2. Records of a partition that was paused while they were being polled are put aside, and taken up again only when nothing
   else is in hand. What is in hand stays there after its last record, so the partition stands still for ever.
3. A member that leads its group joins anew when it sees new partitions. If a poll ends while that is under way, the change
   that was its reason counts as dealt with, and nobody looks at the outcome: the member stops its heartbeats, is never told
   what it was assigned, and is thrown out. It happens to one member in twenty that starts on a busy machine.
4. A member that wakes up after its session has to look for its coordinator first, and when it has found it, its session
   counts as new. For a whole interval, until its next heartbeat is refused, it believes in a place that it has lost.
"""

from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.coordinator.heartbeat import Heartbeat

from bus.records import Partition


class MendedFetcher(Fetcher):
    """Sends no request while it holds records (1), and lets go of what has none left (2).

    It also notes how far it is with what it has been through, marks of transactions included, which are no records.
    """

    def __init__(self, *args: Any, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(*args, **config)
        self.passed: dict[TopicPartition, int] = {}

    def fetched_records(self, max_records: int | None = None, update_offsets: bool = True) -> Any:  # noqa: FBT001, FBT002 - as inherited
        """Called by kafka-python on the polling thread."""
        if not self._next_partition_records:
            self._next_partition_records = None
        fetched: Callable[..., Any] = super().fetched_records
        return fetched(max_records, update_offsets=update_offsets)

    def _append(self, drained: Any, part: Any, max_records: int, update_offsets: bool) -> int:  # noqa: FBT001 - as inherited
        append: Callable[..., int] = super()._append
        taken = append(drained, part, max_records, update_offsets)
        state = self._subscriptions.assignment.get(part.topic_partition)
        if state is not None and state.position is not None:
            self.passed[part.topic_partition] = state.position.offset
        return taken

    async def _send_fetches_async(self) -> Any:
        if self._completed_fetches or self._next_partition_records:
            return []
        send: Callable[[], Any] = super()._send_fetches_async
        return await send()


class MendedHeartbeat(Heartbeat):
    """Knows when the member was last heard of: when the last heartbeat that was answered was sent (4)."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        self.heard = float("-inf")

    def received_heartbeat(self) -> None:
        """Called by kafka-python on its network thread."""
        received: Callable[[], None] = super().received_heartbeat
        received()
        self.heard = self.last_send  # not now: the answer may have lain there while this process was frozen


class MendedConsumer(KafkaConsumer):
    """A consumer with that fetcher and that heartbeat, which sees every attempt to join through (3)."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        fetcher: Callable[..., MendedFetcher] = MendedFetcher
        self._fetcher = fetcher(self._client, self._subscription, metrics=self._metrics, **self.config)
        self._heartbeat = MendedHeartbeat(**self.config)
        if self._coordinator is not None:  # there is none without a group
            self._coordinator.heartbeat = self._heartbeat

    @property
    def heard(self) -> float:
        """When the group last heard of this member by a heartbeat, by `time.monotonic`."""
        return self._heartbeat.heard

    def passed(self) -> dict[Partition, int]:
        """Where it stands, of the partitions where something was taken since the last call; for the thread that takes."""
        fetcher: Any = self._fetcher
        passed, fetcher.passed = fetcher.passed, {}
        return {Partition(*at): offset for at, offset in passed.items()}

    def poll(self, timeout_ms: float = 0, max_records: int | None = None, update_offsets: bool = True) -> Any:  # noqa: FBT001, FBT002 - as inherited
        """Called on the polling thread."""
        if self._coordinator._join_task is not None:  # noqa: SLF001 - an attempt that the last poll did not see the end of
            self._coordinator.request_rejoin()
        poll: Callable[..., Any] = super().poll
        return poll(timeout_ms, max_records, update_offsets=update_offsets)
