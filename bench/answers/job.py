"""What the process that asks one generator is told, and what it found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bench.errors import Unmeasured
from schemas.events import TERMINAL, Delta, Done


@dataclass(frozen=True, slots=True, kw_only=True)
class AskJob:
    """Where contexts are written and results read, and what ids and records are signed with."""

    bootstrap: str
    ids: str
    records: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Fresh contexts.

    Attributes:
        count: How many.
        rate: How many a second; `None` for as many as Kafka takes.
        spoken: They hold passages, so that a model is asked.
    """

    count: int
    rate: float | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was read since the last reading.

    Attributes:
        ends: Milliseconds from before each context was made to its `done`.
        texts: And to its first text.
        last: When the last `done` was read, in seconds since the epoch.
        open: Contexts without a `done`.
        deltas: Events with text.
        tokens: What the model wrote of it, as it says itself: each was a delta of its stream.
        wrong: The first thing that was read and should not have been; empty where there was none.
    """

    ends: Sequence[float]
    texts: Sequence[float]
    last: float
    open: int
    deltas: int = 0
    tokens: int = 0
    wrong: str = ""

    def checked(self, what: str) -> "Answered":
        """Itself, where it is a figure.

        Raises:
            Unmeasured: Something was not answered, or not once.
        """
        if self.open or self.wrong:
            reason = f"{len(self.ends)} were answered and {self.open} were not; {self.wrong or 'nothing came for long'}"
            raise Unmeasured(what=what, reason=reason)
        return self


class Heard:
    """What results say of the contexts that were written. Bounded by the contexts of one run."""

    def __init__(self) -> None:
        self._begun: dict[bytes, int] = {}
        self._spoken: set[bytes] = set()
        self._ends: list[float] = []
        self._texts: list[float] = []
        self._last = 0.0
        self._deltas = self._tokens = 0
        self._wrong = ""
        self._ended: set[bytes] = set()
        self._whole = asyncio.Event()

    def asked(self, key: bytes, *, at: int) -> None:
        """A context is being made, at that time in nanoseconds."""
        self._begun[key] = at
        self._whole.clear()

    def event(self, key: bytes, name: str, *, at: int, body: bytes = b"") -> None:
        """An event was read; those of keys that nobody asked for are passed over."""
        if key in self._ended and name in TERMINAL:
            self._wrong = self._wrong or f"{name} came after done"
        begun = self._begun.get(key)
        if begun is None:
            return
        after = round((at - begun) / 1e6, 3)
        self._deltas += name == Delta.name
        if name == Delta.name and key not in self._spoken:
            self._spoken.add(key)
            self._texts.append(after)
        elif name in TERMINAL:
            self._tokens += _tokens(body)
            self._end(key, name, after, at=at)

    def _end(self, key: bytes, name: str, after: float, *, at: int) -> None:
        if name != Done.name:
            self._wrong = self._wrong or f"an answer ended with {name}"
        del self._begun[key]
        self._ended.add(key)
        self._ends.append(after)
        self._last = at / 1e9
        if not self._begun:
            self._whole.set()

    async def whole(self, *, seconds: float) -> None:
        """Returns once every context has its end.

        Raises:
            TimeoutError: None has come for so many seconds.
        """
        while self._begun:
            before = len(self._ends)
            try:
                await asyncio.wait_for(self._whole.wait(), seconds)
            except TimeoutError:
                if len(self._ends) == before:
                    raise

    def read(self) -> Answered:
        """What was read, which is then forgotten, but for whose contexts have ended."""
        found = Answered(
            ends=self._ends,
            texts=self._texts,
            last=self._last,
            open=len(self._begun),
            deltas=self._deltas,
            tokens=self._tokens,
            wrong=self._wrong,
        )
        self._ends, self._texts, self._wrong = [], [], ""
        self._deltas = self._tokens = 0
        self._spoken.clear()
        self._begun.clear()
        return found


def _tokens(body: bytes) -> int:
    """What the result in a `done` says that the model wrote; none where no model was asked."""
    usage = orjson.loads(body or b"{}").get("token_usage") or {}
    return int(usage.get("completion_tokens", 0))
