"""The topics of gateway.yaml, made once a broker is there."""

import asyncio
import logging
from collections.abc import Mapping

from bus.errors import BusUnavailable
from bus.ports import Bus
from runtime.settings.kafka import TopicSettings

_log = logging.getLogger("sluice.bus")

_PAUSE_SECONDS = 0.5


class Topics:
    """Creates and checks topics as soon as Kafka answers; `ready` says whether that has happened."""

    def __init__(self, bus: Bus, topics: Mapping[str, TopicSettings]) -> None:
        self._bus = bus
        self._topics = topics
        self.ready = False

    async def ensure(self) -> None:
        """Returns once all topics are there; waits for a broker as long as it takes.

        Raises:
            TopicMismatch: A topic exists, but not as configured.
        """
        told = False
        while not self.ready:
            try:
                async with self._bus.admin() as admin:
                    await admin.ensure(self._topics)
                    self.ready = True
            except BusUnavailable as error:
                if not told:
                    _log.warning("waiting for Kafka", extra={"why": str(error)})
                told = True
                await asyncio.sleep(_PAUSE_SECONDS)
