"""kafka-python's consumer, with a fetcher that never leaves a partition out of a request that waits.

A fetch request waits at the broker until one of its partitions has a record. kafka-python (3.0.12) names in it only the
partitions that it holds nothing of; so when an answer arrives just before a request goes out, or when an answer is larger
than one poll takes, the busiest partition is left out, and its next records wait until another partition has some or the
request has waited out its time, half a second. It is rare with one record a minute and common with fifty a second.
"""

from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher


class PromptFetcher(Fetcher):
    """Sends no request while it holds records: they are polled first, and then every partition is asked for."""

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
