"""Requests are due when the pace says, whatever the server does."""

import asyncio

import pytest

from bench.pace import Closed, Open


class Recorder:
    """A connection that answers only when a test says so."""

    def __init__(self) -> None:
        self.due: list[float] = []
        self.sent = asyncio.Event()

    def send(self, *, due: float) -> None:
        """Takes a request."""
        self.due.append(due)
        self.sent.set()


async def test_open_is_due_on_time_while_the_server_stalls() -> None:
    """Five requests at 1000 a second on one connection: all are due 1 ms apart, though each waits for the answer before."""
    pace, connection = Open(seconds=0.005, rate=1000.0), Recorder()
    async with asyncio.timeout(10):
        running = asyncio.create_task(pace.run([connection]))
        for _ in range(5):
            await connection.sent.wait()
            connection.sent.clear()
            pace.free(connection)
        await running
    assert 5 == len(connection.due)
    gaps = [later - earlier for earlier, later in zip(connection.due, connection.due[1:], strict=False)]
    assert pytest.approx([0.001] * 4) == gaps


async def test_open_uses_the_connection_that_was_idle_for_longest() -> None:
    """Two free connections take turns, so that the server closes neither for being idle."""
    pace, first, second = Open(seconds=0.004, rate=1000.0), Recorder(), Recorder()
    async with asyncio.timeout(10):
        running = asyncio.create_task(pace.run([first, second]))
        for connection in (first, second, first, second):
            await connection.sent.wait()
            connection.sent.clear()
            pace.free(connection)
        await running
    assert (2, 2) == (len(first.due), len(second.due))


async def test_open_ends_when_every_connection_is_lost() -> None:
    """A server that hangs up on everybody ends the run instead of stalling it."""
    pace, connection = Open(seconds=1.0, rate=1000.0), Recorder()
    async with asyncio.timeout(10):
        running = asyncio.create_task(pace.run([connection]))
        await connection.sent.wait()
        pace.free(None)
        await running
    assert 1 == len(connection.due)


async def test_closed_sends_with_every_answer_until_the_end() -> None:
    """Within its time an answer brings the next request; after it the last answers end the run."""
    pace, connections = Closed(seconds=0.0), [Recorder(), Recorder()]
    async with asyncio.timeout(10):
        running = asyncio.create_task(pace.run(connections))
        for connection in connections:
            await connection.sent.wait()
        pace.free(connections[0])
        pace.free(None)
        await running
    assert [1, 1] == [len(connection.due) for connection in connections]


async def test_closed_goes_on_while_there_is_time() -> None:
    """An answer in time brings the next request on the same connection."""
    pace, connection = Closed(seconds=60.0), Recorder()
    running = asyncio.create_task(pace.run([connection]))
    async with asyncio.timeout(10):
        await connection.sent.wait()
        pace.free(connection)
        pace.free(None)
        await running
    assert 2 == len(connection.due)
