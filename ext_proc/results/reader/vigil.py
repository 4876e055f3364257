"""How long a stream waits for a key that nobody has written: `unseen` seconds, then it is looked for everywhere."""

import asyncio
from collections.abc import Mapping
from math import inf

from bus.errors import BusError
from ext_proc.reply import PROBLEM_TYPES
from ext_proc.results.errors import Busy
from ext_proc.results.reader.lookup import Lookup
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber


class Vigil:
    """Waits for one reader's key. It ends for good with the first sign of it, in the stream, in memory or in the log."""

    def __init__(self, *, subscriber: Subscriber, lookup: Lookup) -> None:
        self._subscriber = subscriber
        self._lookup = lookup
        self._unread = 0
        self._deadline = inf

    def begin(self, opening: Opening) -> None:
        """The stream begins."""
        self._unread = opening.unread
        if self._subscriber.wants.unseen > 0 and not opening.proved and self._subscriber.key is not None:
            self._again()

    def end(self) -> None:
        """The key has come."""
        self._deadline = inf

    def next(self) -> float:
        """Seconds until `due`."""
        if self._deadline == inf:
            return inf
        return self._deadline - asyncio.get_running_loop().time()

    def due(self) -> bool:
        """It is time to look."""
        return self.next() <= 0

    async def is_in_vain(self) -> bool:
        """Nobody has heard of the key. Where that cannot be told now it is not so, and will be asked again."""
        try:
            known = await self._is_known()
        except (BusError, Busy):
            self._again()
            return False
        if not known and self._subscriber.lane.has_work:  # something has come meanwhile, and may be the key's
            self._again()
            return False
        self.end()
        return not known

    async def _is_known(self) -> bool:
        subscriber, lookup = self._subscriber, self._lookup
        found = lookup.remembers(subscriber) or await lookup.finds(subscriber, below=self._unread)
        return found or lookup.remembers(subscriber)

    def verdict(self) -> Mapping[str, object]:
        """A problem (RFC 9457) that says what the client can do."""
        query_id = self._subscriber.wants.query_id
        return {
            "type": PROBLEM_TYPES + "never-submitted",
            "title": "Not Found",
            "status": 404,
            "detail": "Nothing was submitted under this id. Submit it, then open a new stream without Last-Event-ID.",
            **({"query_id": query_id} if query_id else {}),
        }

    def _again(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + self._subscriber.wants.unseen
