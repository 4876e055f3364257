"""Ports that two processes can ask for at the same time."""

import asyncio
import itertools
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local.commands import ROOT
from local.kafka.ports import FIRST, LAST, _Blocks, free_port, is_free, reserve

ASKER = """
import sys
from local.kafka.ports import free_port, reserve
print(reserve(int(sys.argv[1])), *(free_port(row=20) for _ in range(20)), flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def asker(port: int) -> AsyncIterator[tuple[bool, set[int]]]:
    """Another process, while it lives: whether it could reserve `port`, and the twenty rows that it was given."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASKER, str(port), cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        reserved, *firsts = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().split()
        yield reserved == "True", {int(first) + n for first in firsts for n in range(20)}
    finally:
        await process.communicate(b"")  # the end of its input ends it


def test_the_port_is_outside_the_range_of_outgoing_connections() -> None:
    """A client that reconnects while the broker is down can never land on its port."""
    assert FIRST <= free_port() < LAST
    assert (FIRST, LAST) == (15_000, 32_000)


def test_a_port_is_given_once() -> None:
    """Nothing has to listen on it yet, and rows do not overlap."""
    rows = [range(first, first + row) for row in (1, 20, 1, 7) * 10 for first in [free_port(row=row)]]

    assert len(set(itertools.chain(*rows))) == sum(map(len, rows))
    assert all(is_free(port) for row in rows for port in row)


async def test_processes_are_given_different_ports() -> None:
    """Two that ask at the same time, and this one, never share a port."""
    port = free_port()
    async with asker(port) as (_, first), asker(port) as (_, second):
        mine = {free_port() for _ in range(100)}

    assert (400, 400, 100) == (len(first), len(second), len(mine))
    assert len(first | second | mine) == 900


async def test_a_reservation_ends_with_its_process() -> None:
    """One process has it, then another."""
    port = free_port()
    async with asker(port) as (first, _):
        while_it_lives = reserve(port)
    after = reserve(port)

    assert (True, False, True) == (first, while_it_lives, after)
    assert not reserve(port)


def test_what_is_reserved_can_be_listened_on() -> None:
    """The token is none of the server's business."""
    port = free_port()
    assert reserve(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
    assert is_free(port)


def test_ports_that_somebody_listens_on_are_passed_over() -> None:
    """Strangers hold no tokens, and a row goes around them."""
    blocks = _Blocks()
    stranger = blocks.take(1) + 1
    with socket.create_server(("127.0.0.1", stranger)):
        row = blocks.take(5)

    assert stranger + 1 == row
