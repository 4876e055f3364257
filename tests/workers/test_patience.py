"""At start, Kafka is waited for."""

from bus.errors import BusUnavailable
from runtime.settings.workers import RetrySettings
from workers.patience import until_answered
from workers.retry import Backoff


async def test_it_asks_until_there_is_an_answer() -> None:
    """However often that is."""
    answers: list[int | Exception] = [BusUnavailable(doing="x"), BusUnavailable(doing="x"), 7]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    backoff = Backoff(RetrySettings(first=0.001, longest=0.001), draw=lambda: 1.0)
    assert await until_answered(ask, backoff=backoff) == 7
    assert answers == []
