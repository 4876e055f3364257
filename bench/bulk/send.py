"""`python -m bench.bulk.send`: a process that uploads lines over a raw socket and counts the receipts while it sends."""

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle, islice

import uvloop

from bench.bulk.job import UploadJob, UploadResult
from bench.helper import hear, say

BLOCK_LINES = 100
"""Lines of one chunk of the body."""

QUIET_SECONDS = 30.0

_TAKEN = b'"status":202'
_END = b"\r\n0\r\n\r\n"
_SHOWN = 300


class Receipts:
    """Counts what is taken in a stream of receipts, however its bytes are cut."""

    def __init__(self) -> None:
        self.accepted = 0
        self._rest = b""
        self._first = b""

    @property
    def ended(self) -> bool:
        """Whether the answer is whole."""
        return self._rest.endswith(_END)

    @property
    def said(self) -> str:
        """How the answer begins and how it ends, for whoever wonders."""
        return f"{self._first!r} ... {self._rest[-_SHOWN:]!r}"

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        self._first = self._first or data[:_SHOWN]
        joined = self._rest + data
        self.accepted += joined.count(_TAKEN) - self._rest.count(_TAKEN)
        self._rest = joined[-_SHOWN:]


async def upload(job: UploadJob) -> UploadResult:
    """Sends all, and returns with the last receipt, or where nothing has come for long."""
    reader, writer = await asyncio.open_connection(job.at.host, job.at.port, ssl=job.at.context(), limit=1 << 20)
    cpu, start, receipts = time.process_time(), time.perf_counter(), Receipts()
    sending = asyncio.create_task(_send(writer, job))
    try:
        async with asyncio.timeout(QUIET_SECONDS) as quiet:
            while not receipts.ended and (data := await reader.read(1 << 18)):
                receipts.feed(data)
                quiet.reschedule(asyncio.get_running_loop().time() + QUIET_SECONDS)
    except TimeoutError:
        pass  # what was counted says so
    finally:
        sending.cancel()
        writer.close()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    said = "" if receipts.accepted == job.records else receipts.said
    return UploadResult(seconds=seconds, accepted=receipts.accepted, answered=said, cpu=cpu)


async def _send(writer: asyncio.StreamWriter, job: UploadJob) -> None:
    writer.write(job.head.encode("latin-1"))
    for block in _blocks(job):
        writer.write(b"%x\r\n%s\r\n" % (len(block), block))
        await writer.drain()
    writer.write(b"0\r\n\r\n")


def _blocks(job: UploadJob) -> Iterator[bytes]:
    lines, left = cycle([line.encode() for line in job.lines]), job.records
    while left:
        size = min(left, BLOCK_LINES)
        yield b"".join(islice(lines, size))
        left -= size


async def main() -> None:
    """Takes one job and reports its result."""
    job = UploadJob.told(await hear())
    say("ready")
    await hear()
    say(await upload(job))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
