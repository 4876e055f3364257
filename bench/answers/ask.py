"""`python -m bench.answers.ask`: a process that writes contexts and reads what one generator makes of them.

It reads as those do who must see nothing that is taken back: what is in a transaction, once that is committed.
It selects by `select(2)`, whose timeout is in microseconds; see `bench.load`.
"""

import asyncio
import selectors
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from bench.answers import records
from bench.answers.job import Answered, Asking, AskJob, Heard
from bench.answers.results import following
from bench.helper import hear, say
from bench.peer.log import Log
from bench.streams.keys import Key, issue
from schemas.events import event_name
from schemas.signature import Signer
from workers.topics import CONTEXTS, RESULTS

QUIET_SECONDS = 20.0


class Asker:
    """Asks one generator after the other."""

    def __init__(self, job: AskJob, *, log: Log, heard: Heard) -> None:
        self._ids = job.ids
        self._signer = Signer(job.records)
        self._log = log
        self._heard = heard
        self._written = 0

    async def ask(self, what: Asking) -> int:
        """Writes, and returns once all is acknowledged: how many there are."""
        loop, sending = asyncio.get_running_loop(), list[asyncio.Future[Any]]()
        keys = issue(what.count, secret=self._ids)
        start = loop.time()
        for number, key in enumerate(keys):
            if what.rate is not None and (wait := start + number / what.rate - loop.time()) > 0:
                await asyncio.sleep(wait)
            sending.append(await self._write(key, spoken=what.spoken))
        await asyncio.gather(*sending)
        return len(keys)

    async def answered(self) -> Answered:
        """Returns once everything is answered, or nothing has come for a while."""
        with suppress(TimeoutError):
            await self._heard.whole(seconds=QUIET_SECONDS)
        return self._heard.read()

    async def _write(self, key: Key, *, spoken: bool) -> "asyncio.Future[Any]":
        name, self._written = key.value.encode(), self._written + 1
        self._heard.asked(name, at=time.time_ns())
        body, headers = records.context(key, number=self._written, signer=self._signer, spoken=spoken)
        return await self._log.send(key=name, value=body, headers=headers)


@asynccontextmanager
async def hearing(job: AskJob, heard: Heard) -> AsyncIterator[None]:
    """Reads results while the context is open, from their end on."""
    async with following(RESULTS, bootstrap=job.bootstrap) as batches, asyncio.TaskGroup() as tasks:

        async def read() -> None:
            async for batch in batches:
                now = time.time_ns()
                for key, kind, body in batch:
                    heard.event(key, event_name(kind), at=now, body=body)

        reading = tasks.create_task(read())
        yield
        reading.cancel()


async def main() -> None:
    """Asks, and says what was answered, as it is told, until the bench ends."""
    job, heard = AskJob(**await hear()), Heard()
    async with Log(bootstrap=job.bootstrap, topic=CONTEXTS) as log, hearing(job, heard):
        asker = Asker(job, log=log, heard=heard)
        say("ready")
        while True:
            word = await hear()
            say(await (asker.ask(Asking(**word)) if isinstance(word, dict) else asker.answered()))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(main())
