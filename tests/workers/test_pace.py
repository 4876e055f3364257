"""How long a record takes: of late, and without what it rests."""

import pytest

from bus.records import Received
from runtime.clock import SystemClock
from workers.outbox import Rest
from workers.pace import Pace

RECORD = Received(topic="t", partition=0, offset=0, timestamp=0, key=None, value=b"")


class SetClock(SystemClock):
    """Stands still until it is set."""

    now = 0.0

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return self.now


def test_the_first_records_are_averaged() -> None:
    """Nothing is known before them."""
    pace = Pace(SystemClock())
    assert pace.seconds == 0
    for seconds in (1.0, 2.0, 3.0):
        pace.note(seconds)
    assert pace.seconds == pytest.approx(2.0)


def test_old_records_are_forgotten() -> None:
    """After a hundred slow ones, a hundred quick ones are what counts."""
    pace = Pace(SystemClock())
    for seconds in [10.0] * 100 + [1.0] * 100:
        pace.note(seconds)
    assert 1.0 < pace.seconds < 1.1


async def test_a_rest_is_no_work() -> None:
    """Its slot is another's meanwhile, be it called off or not."""
    clock = SetClock()
    pace = Pace(clock)

    async def rest(seconds: float) -> None:
        clock.now += seconds

    async def handle(record: Received, *, rest: Rest) -> None:
        assert record == RECORD
        clock.now += 2
        await rest(60)
        clock.now += 1

    await pace.timing(handle)(RECORD, rest=rest)
    assert pace.seconds == 3


async def test_what_was_not_finished_is_not_counted() -> None:
    """Another worker has it now, from its start."""
    pace = Pace(SystemClock())

    async def rest(seconds: float) -> None:
        assert seconds == 1
        raise TimeoutError

    async def handle(record: Received, *, rest: Rest) -> None:
        assert record == RECORD
        await rest(1)

    with pytest.raises(TimeoutError):
        await pace.timing(handle)(RECORD, rest=rest)
    assert pace.seconds == 0
