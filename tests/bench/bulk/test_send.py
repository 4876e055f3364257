"""An upload is sent and its receipts are counted at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.address import Address
from bench.bulk.job import UploadJob, UploadResult
from bench.bulk.send import Receipts, upload
from bench.helper import Helper

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
TAKEN, REFUSED = b'{"line":%d,"status":202}\n', b'{"line":%d,"status":400}\n'


@asynccontextmanager
async def server(*, refuses: int = -1) -> AsyncIterator[Address]:
    """Answers every line with a receipt, chunk by chunk, as the upload comes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        number = 0
        while size := int(await reader.readline(), 16):
            lines = (await reader.readexactly(size + 2)).count(b"\n") - 1
            numbers = range(number + 1, number + lines + 1)
            number += lines
            receipts = b"".join((REFUSED if one == refuses else TAKEN) % one for one in numbers)
            writer.write(b"%x\r\n%s\r\n" % (len(receipts), receipts))
        writer.write(b"0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield Address(port=listening.sockets[0].getsockname()[1])


def job(at: Address, records: int) -> UploadJob:
    """Two lines in turn."""
    head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    return UploadJob(at=at, head=head, lines=('{"a":1}\n', '{"b":2}\n'), records=records)


async def test_every_record_is_counted() -> None:
    """Also where the last block is not a whole one."""
    async with server() as at:
        found = await upload(job(at, 250))
    assert (250, "") == (found.accepted, found.answered)


async def test_a_refusal_is_shown() -> None:
    """What was answered is there where a record was not accepted."""
    async with server(refuses=249) as at:
        found = await upload(job(at, 250))
    assert 249 == found.accepted
    assert '"line":249,"status":400' in found.answered


@pytest.mark.parametrize("size", [1, 7, 13, 1000])
def test_receipts_at_any_cut(size: int) -> None:
    """However the bytes are cut, each receipt counts once, and the end is seen."""
    receipts = b"".join(TAKEN % number for number in range(100))
    content, found = HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(receipts), receipts), Receipts()
    for at in range(0, len(content), size):
        assert not found.ended
        found.feed(content[at : at + size])
    assert (100, True) == (found.accepted, found.ended)


async def test_as_a_process() -> None:
    """The process takes its job by standard input, waits for its cue and reports what it found."""
    async with server() as at, Helper("bench.bulk.send", job(at, 10)) as helper:
        assert 10 == UploadResult(**await helper.go()).accepted
