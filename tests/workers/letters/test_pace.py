"""A redrive does not flood what has just been mended."""

from workers.letters.pace import Pace


class Time:
    """Passes only where somebody sleeps, or says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """As `Clock.monotonic`."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


async def test_turns_come_at_even_distances() -> None:
    """The first one at once."""
    time = Time()
    pace = Pace(rate=4, monotonic=time.monotonic, sleep=time.sleep)
    moments = []
    for _ in range(4):
        await pace.turn()
        moments.append(time.now)
    assert moments == [0.0, 0.25, 0.5, 0.75]


async def test_a_pause_is_not_made_up_for() -> None:
    """There is no burst after it."""
    time = Time()
    pace = Pace(rate=4, monotonic=time.monotonic, sleep=time.sleep)
    await pace.turn()
    time.now = 10.0
    moments = []
    for _ in range(3):
        await pace.turn()
        moments.append(time.now)
    assert moments == [10.0, 10.25, 10.5]
