"""`python -m bench.streams.write`: a process that writes records at a fixed rate, or as fast as Kafka takes them.

It selects by `select(2)`, whose timeout is in microseconds; see `bench.load`.
"""

import asyncio
import selectors
import time
from itertools import count, cycle
from typing import Any

from bench.helper import hear, say
from bench.peer.log import Log
from bench.streams import records
from bench.streams.job import WriteJob, Writing, Written
from schemas.signature import Signer

STRANGERS = 200
"""Keys that nobody watches; each gets as many records as an answer has."""


class Writer:
    """Writes to the topic of one job."""

    def __init__(self, job: WriteJob, *, log: Log) -> None:
        self._job = job
        self._log = log
        self._signer = Signer(job.secret)
        self._strangers = [(f"nobody-{number}", "nobody") for number in range(STRANGERS)]
        self._numbers = count()

    async def write(self, what: Writing) -> Written:
        """Returns once all is acknowledged."""
        loop, cpu, late = asyncio.get_running_loop(), time.process_time(), list[float]()
        keys = cycle([(key.encode(), owner) for key, owner in what.to or self._strangers])
        start, sending = loop.time(), list[asyncio.Future[Any]]()
        for number in range(what.count):
            if what.rate is not None:
                due = start + number / what.rate
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                late.append(round((loop.time() - due) * 1000, 3))
            sending.append(await self._send(*next(keys)))
        await asyncio.gather(*sending)
        return Written(late=late, cpu=time.process_time() - cpu)

    async def _send(self, key: bytes, owner: str) -> "asyncio.Future[Any]":
        number, topic = next(self._numbers), self._job.topic
        body, headers = records.delta(topic=topic, key=key, owner=owner, number=number, signer=self._signer)
        return await self._log.send(key=key, value=body, headers=headers)


async def main() -> None:
    """Writes what it is told to, until the bench ends."""
    job = WriteJob(**await hear())
    async with Log(bootstrap=job.bootstrap, topic=job.topic) as log:
        writer = Writer(job, log=log)
        say("ready")
        while True:
            say(await writer.write(Writing(**await hear())))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(main())
