"""kafka-python's consumer, with three faults of its release 3.0.12 mended. Each makes a consumer stand still.

1. A fetch request waits at the broker until one of its partitions has a record. kafka-python names in it only the
   partitions that it holds nothing of; so when an answer arrives just before a request goes out, or when an answer is
   larger than one poll takes, the busiest partition is left out, and its next records wait until another partition has
   some or the request has waited out its time, half a second. With fifty records a second it is common.
2. Records of a partition that was paused while they were being polled are put aside, and taken up again only when nothing
   else is in hand. What is in hand stays there after its last record, so the partition stands still for ever.
3. A member that leads its group joins anew when it sees new partitions. If a poll ends while that is under way, the change
   that was its reason counts as dealt with, and nobody looks at the outcome: the member stops its heartbeats, is never told
   what it was assigned, and is thrown out. It happens to one member in twenty that starts on a busy machine.
"""

from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher


class MendedFetcher(Fetcher):
    """Sends no request while it holds records (1), and lets go of what has none left (2)."""

    def fetched_records(self, max_records: int | None = None, update_offsets: bool = True) -> Any:  # noqa: FBT001, FBT002 - as inherited
        """Called by kafka-python on the polling thread."""
        if not self._next_partition_records:
            self._next_partition_records = None
        fetched: Callable[..., Any] = super().fetched_records
        return fetched(max_records, update_offsets=update_offsets)

    async def _send_fetches_async(self) -> Any:
        if self._completed_fetches or self._next_partition_records:
            return []
        send: Callable[[], Any] = super()._send_fetches_async
        return await send()


class MendedConsumer(KafkaConsumer):
    """A consumer with that fetcher, which sees every attempt to join through (3)."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        fetcher: Callable[..., Any] = MendedFetcher
        self._fetcher = fetcher(self._client, self._subscription, metrics=self._metrics, **self.config)

    def poll(self, timeout_ms: float = 0, max_records: int | None = None, update_offsets: bool = True) -> Any:  # noqa: FBT001, FBT002 - as inherited
        """Called on the polling thread."""
        if self._coordinator._join_task is not None:  # noqa: SLF001 - an attempt that the last poll did not see the end of
            self._coordinator.request_rejoin()
        poll: Callable[..., Any] = super().poll
        return poll(timeout_ms, max_records, update_offsets=update_offsets)
