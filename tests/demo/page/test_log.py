"""What is kept of the records that pass, and how it is read."""

import asyncio

from demo.page.log import BATCH, Log


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def now_ms(self) -> int:
        return int(self.now * 1000)

    def monotonic(self) -> float:
        return self.now

    def random(self, size: int) -> bytes:
        return bytes(size)


def test_a_reader_gets_what_passes_from_its_place_on() -> None:
    """Everyone has a place of their own, and reading takes nothing away."""
    log = Log(clock=Time())
    log.add([b"a"])
    place = log.end
    log.add([b"b", b"c"])

    for _ in range(2):
        portion = log.read(place)
        assert (portion.lost, portion.frames, portion.place) == (0, [b"b", b"c"], log.end)


def test_who_is_too_slow_is_told_how_much_was_missed() -> None:
    """The oldest are forgotten, by number or by size, and the reader goes on behind them."""
    for log in (Log(clock=Time(), records=3), Log(clock=Time(), size=3)):
        log.add([b"1", b"2", b"3", b"4", b"5"])
        portion = log.read(1)

        assert (portion.lost, portion.frames, portion.place) == (1, [b"3", b"4", b"5"], 5)


def test_a_reader_is_not_given_all_at_once() -> None:
    """What is written in one go is bounded; a frame longer than that goes alone."""
    log = Log(clock=Time())
    long = b"x" * (BATCH + 1)
    log.add([long, b"a", b"b"])

    first = log.read(0)
    assert first.frames == [long]
    assert log.read(first.place).frames == [b"a", b"b"]


def test_one_can_go_back() -> None:
    """As far as asked and kept; what passed before is left out."""
    time = Time()
    log = Log(clock=time)
    log.add([b"old"])
    time.now += 30
    log.add([b"new"])

    assert [log.since(seconds) for seconds in (0, 29, 31)] == [1, 1, 0]
    time.now += 1
    assert log.since(0) == 2


async def test_readers_wait_for_what_comes() -> None:
    """All of them are woken by one record, and by the end."""
    log = Log(clock=Time())
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(log.beyond(0))
        await asyncio.sleep(0)
        log.add([b"a"])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(log.beyond(1))
        await asyncio.sleep(0)
        log.close()

    assert (log.end, log.closed) == (1, True)
