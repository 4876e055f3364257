"""kafka-python's consumer, with two faults of its fetcher (3.0.12) mended; both make a busy partition stall.

The first: a fetch request waits at the broker until one of its partitions has a record. kafka-python names in it only the
partitions that it holds nothing of; so when an answer arrives just before a request goes out, or when an answer is larger
than one poll takes, the busiest partition is left out, and its next records wait until another partition has some or the
request has waited out its time, half a second. It is rare with one record a minute and common with fifty a second.

The second: records of a partition that was paused while they were being polled are put aside, and taken up again only when
nothing else is in hand. What is in hand stays there after its last record, so the partition stands still for ever.
"""

from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher


class PromptFetcher(Fetcher):
    """Sends no request while it holds records, and lets go of what has none left."""

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


class PromptConsumer(KafkaConsumer):
    """A consumer with that fetcher."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        fetcher: Callable[..., Any] = PromptFetcher
        self._fetcher = fetcher(self._client, self._subscription, metrics=self._metrics, **self.config)
