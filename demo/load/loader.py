"""Sends chunks upload after upload, until each has had its receipt."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing

from demo.client import Client
from demo.errors import Refused, Unreachable
from demo.load.errors import GaveUp, Unreadable
from demo.load.journal import Journal
from demo.load.manuscript import Chunk
from demo.load.outgoing import Outgoing
from demo.load.progress import Progress
from demo.load.receipts import Ended, Receipt, receipts
from demo.load.tally import Tally
from runtime.settings.workers import RetrySettings
from workers.retry import Backoff

PATH = "/chunks"
KIND = "application/x-ndjson"

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses of a whole upload that may be another one soon."""

RETRY = RetrySettings(attempts=20, first=0.5, longest=30.0)

Sleep = Callable[[float], Awaitable[None]]


class Loader:
    """Loads once.

    Args:
        client: Makes a client with a token that is fresh, for each upload.
        journal: Is told of every receipt.
        progress: Is told of every receipt, and of every wait.
        backoff: How long to wait where the gateway does not say it.
        sleep: Waits.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        *,
        journal: Journal,
        progress: Progress,
        backoff: Backoff,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._journal = journal
        self._progress = progress
        self._backoff = backoff
        self._sleep = sleep
        self._outgoing = Outgoing()
        self.tally = Tally()

    async def load(self, chunks: AsyncIterator[Chunk]) -> None:
        """Returns when every chunk has had a receipt, whatever that says.

        Raises:
            Refused: The gateway will take nothing.
            GaveUp: Nothing got through for as many tries as are sensible.
            LoadError: A file went bad, or the gateway speaks something else.
        """
        async with asyncio.TaskGroup() as tasks:
            filling = tasks.create_task(self._outgoing.fill(chunks))
            try:
                await self._send()
            finally:
                filling.cancel()

    async def _send(self) -> None:
        failures = 0
        while await self._outgoing.has_more():
            before = self.tally.heard
            try:
                await self._upload()
            except (Unreachable, Refused, Ended) as error:
                if isinstance(error, Refused) and error.status not in PASSING:
                    raise
                failures = 1 if self.tally.heard > before else failures + 1
                if failures >= self._backoff.attempts:
                    raise GaveUp(attempts=failures, last=error) from error
                await self._rest(error, failures)
            finally:
                self._outgoing.cut()

    async def _upload(self) -> None:
        async with (
            self._client() as client,
            aclosing(self._outgoing.blocks()) as body,
            aclosing(client.upload(PATH, body, kind=KIND)) as pieces,
            aclosing(receipts(pieces)) as known,
        ):
            async for some in known:
                self._hear(some)
        if self._outgoing.unheard:
            raise Unreachable(url=client.url)  # the answer ended as if it were whole, and was not

    def _hear(self, some: Sequence[Receipt]) -> None:
        share = 0
        for receipt in some:
            try:
                chunk = self._outgoing.heard()
            except IndexError:
                raise Unreadable(said=b"a receipt for nothing", expected=receipt.line) from None
            self._journal.heard(chunk, taken=receipt.is_taken)
            self.tally.count(chunk, receipt)
            share += chunk.share
        self._progress.heard(share, self.tally)
        self._journal.note()

    async def _rest(self, error: Exception, failures: int) -> None:
        asked = error.retry_after if isinstance(error, Refused) else None
        wait = self._backoff.seconds(failures, asked=asked)
        self._progress.say(f"{error}; goes on in {wait:.1f} s")
        await self._sleep(wait)
