"""One question after a query's state, and for how long its answer may be held back."""

import asyncio

from ext_proc.results.errors import UnknownResult
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.reader.anteroom import Anteroom
from ext_proc.results.reader.lookup import proof
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.status.condition import Condition
from ext_proc.results.status.progress import Progress
from ext_proc.results.status.representation import Representation
from ext_proc.results.status.state import QUEUED


class Poll:
    """Waits for news on behalf of one client. Nothing is polled: what the feed brings wakes it."""

    def __init__(self, *, subscriber: Subscriber, progress: Progress, condition: Condition, anteroom: Anteroom) -> None:
        self.retired = False
        self._subscriber = subscriber
        self._progress = progress
        self._condition = condition
        self._anteroom = anteroom

    def retire(self) -> None:
        """Answers now with what there is."""
        self.retired = True
        self._subscriber.wake()

    async def run(self, seconds: float, *, proofs: Proofs) -> Representation:
        """The state, held back for at most so many seconds while it is neither final nor new to the client.

        Where a query stands that is queued is no state: it is told, and not waited for.

        Raises:
            UnknownResult: Nobody has heard of the query, and nobody did meanwhile.
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read.
        """
        end = asyncio.get_running_loop().time() + seconds
        progress = self._progress
        await progress.begin()
        with proofs.asking(proof(self._subscriber), self._subscriber):
            while not self._is_ripe() and await self._subscriber.until(self._is_due, end=end) and not self.retired:
                await progress.catch_up()
        found = self._representation()
        if found is None:
            raise UnknownResult
        return found

    def _is_due(self) -> bool:
        return self.retired or self._progress.has_news

    def _is_ripe(self) -> bool:
        if self._progress.final:
            return True
        found = self._representation()
        return found is not None and self._condition.differs(found.etag)

    def _representation(self) -> Representation | None:
        state = self._progress.state
        if state is None:
            return None
        prospect = self._anteroom.prospect(self._subscriber) if state == QUEUED else None
        return Representation.of(state, query_id=self._subscriber.wants.query_id, prospect=prospect)
