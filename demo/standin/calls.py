"""What was asked of the stand-in, and how each call ended, so that a test can account for every one."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Ending = Literal["finished", "aborted", "failed"]

_REMEMBERED = 10_000


class Calls:
    """Counts of calls: started, and then exactly one of finished, aborted (the client left) or failed (as told).

    A call that is answered with an error status never started: it is counted as refused, and as nothing else.
    """

    def __init__(self) -> None:
        self._all: Counter[str] = Counter()
        self._by_question: OrderedDict[str, Counter[str]] = OrderedDict()

    def refused(self, question: str) -> None:
        """Counts a call that is answered with an error status."""
        self._count(question, "refused")

    @contextmanager
    def counted(self, question: str) -> Iterator["Call"]:
        """Counts one call; one whose body ends without `ended` was aborted."""
        call = Call()
        self._count(question, "started")
        try:
            yield call
        finally:
            self._count(question, call.ending)

    def clear(self) -> None:
        """Forgets everything."""
        self._all.clear()
        self._by_question.clear()

    def report(self) -> dict[str, object]:
        """The counts of all calls, and of each of the last questions."""
        questions = {question: dict(counts) for question, counts in self._by_question.items()}
        return {"calls": dict(self._all), "questions": questions}

    def _count(self, question: str, what: str) -> None:
        self._all[what] += 1
        self._by_question.setdefault(question, Counter())[what] += 1
        if len(self._by_question) > _REMEMBERED:
            self._by_question.popitem(last=False)


class Call:
    """One call."""

    def __init__(self) -> None:
        self.ending: Ending = "aborted"

    def ended(self, ending: Ending) -> None:
        """The call came to an end of its own."""
        self.ending = ending
