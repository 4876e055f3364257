"""A consumer without a group that fetches on kafka-python's own network thread.

`KafkaConsumer.poll` crosses to the network thread and back several times for each fetch. A follower of a lively topic
fetches hundreds of times a second, for a few records each, so that the crossings cost more than the records. Here the
polling thread crosses once a turn, and what comes during the turn goes to the event loop straight from the network thread.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from kafka.future import Future

from bus.kafka import options
from bus.kafka.mended import MendedConsumer
from bus.kafka.polling import Polling, received
from bus.records import Partition, Received

PACE_SECONDS = 0.003
"""Between two fetches: a record that comes alone is fetched at once, and those that come in a stream share a fetch,
which costs about a millisecond of CPU whatever it brings."""

IDLE_SECONDS = 0.05  # where there is nothing to fetch from: no leader, or a broker that is away

Take = Callable[[list[Received], Mapping[Partition, int]], bool]


class Pursuit(Polling):
    """As `Polling`, without a group, which needs to hear nothing from a follower whose handover is full."""

    def _poll(self, *, hold: bool) -> None:
        if self._before:
            self._before(self.client)
        if not hold:
            self.client.pursue(options.POLL_SECONDS, self._take)

    def _take(self, records: list[Received], passed: Mapping[Partition, int]) -> bool:
        """Hands over, and says whether there is room for more. On the network thread, which must not wait."""
        self._handover.put(records, passed)
        return not self._stopping.is_set() and self._handover.room(timeout=0.0)


class PursuingConsumer(MendedConsumer):
    """A mended consumer that can be polled from within."""

    _fetched_at = 0.0

    def pursue(self, seconds: float, take: Take) -> None:
        """Gives `take` what comes within so many seconds, or until `take` wants no more. On the polling thread.

        Raises:
            KafkaError: As `poll`.
        """
        self._net.run(self._pursue, seconds, take)

    async def _pursue(self, seconds: float, take: Take) -> None:
        self._look_after_positions()
        bell = _Bell()
        end = time.monotonic() + seconds
        timer = self._net.call_at(end, bell.ring)
        try:
            wants_more = True
            while wants_more and time.monotonic() < end:
                wants_more = await self._fetch(bell, take)
        finally:
            self._net.cancel(timer)

    async def _fetch(self, bell: "_Bell", take: Take) -> bool:
        """Takes what is there, or waits for what comes; whether to go on."""
        found, _ = self._fetcher.fetched_records()
        passed = self.passed()
        if found or passed:
            return take([received(record) for records in found.values() for record in records], passed)
        if (early := self._fetched_at + PACE_SECONDS - time.monotonic()) > 0:
            await self._net.sleep(early)
        bell.hang()
        self._fetched_at = time.monotonic()
        await self._fetcher._send_fetches_async()  # noqa: SLF001 - the public call is for other threads
        if waiting := list(self._fetcher._fetch_futures):  # noqa: SLF001 - as above
            for future in waiting:
                future.add_both(bell.ring)
            await bell.rung
        else:
            await self._net.sleep(IDLE_SECONDS)
        return True

    def _look_after_positions(self) -> None:
        """As `poll` does each time: what has changed about partitions is found out in the background."""
        self._fetcher.reset_offsets_if_needed()
        self._fetcher.maybe_validate_positions()
        self._fetcher.validate_offsets_if_needed()


class _Bell:
    """Ends one wait. A ring that was meant for an earlier one is no harm: the waiter looks again."""

    def __init__(self) -> None:
        self.rung: Any = Future()

    def hang(self) -> None:
        """Gets ready for the next wait."""
        self.rung = Future()

    def ring(self, _: object = None) -> None:
        """Ends the wait."""
        if not self.rung.is_done:
            self.rung.success(None)
