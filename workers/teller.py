"""Makes the records of one answer's events, and numbers them, so that each can be told from a second copy of it."""

from collections.abc import Sequence

from bus.records import Received, Record
from schemas.events import Event, Reset, encode, event_type
from workers.answer import Answer
from workers.answer_log import Standing
from workers.scribe import Draft, Scribe
from workers.topics import RESULTS


class Teller:
    """Goes on where `standing` says that the answer stands."""

    def __init__(self, scribe: Scribe, origin: Received, standing: Standing) -> None:
        self._scribe = scribe
        self._origin = origin
        self._standing = standing
        self._attempt = standing.resets + 1
        self._number = 1 if standing.begun and not standing.void else 0

    @property
    def key(self) -> bytes:
        """Of the query."""
        return self._origin.key or b""

    def opening(self, answer: Answer) -> Sequence[Event]:
        """What comes before the model's words."""
        if self._standing.void:
            return (self._reset(self._standing.void), answer.retrieved())
        return () if self._standing.begun else (answer.retrieved(),)

    def again(self, reason: str, answer: Answer) -> Sequence[Event]:
        """The answer from its start, where what went out before does not count."""
        return (self._reset(reason), *answer.whole())

    def record(self, event: Event) -> Record:
        """The next event."""
        key = self.key.decode("utf-8", "replace")
        draft = Draft(
            topic=RESULTS,
            type=event_type(event.name),
            id=f"{key}/{self._attempt}/{self._number}",
            body=encode(event),
            tier=True,
        )
        self._number += 1
        return self._scribe.record(self._origin, draft)

    def _reset(self, reason: str) -> Reset:
        self._attempt += 1
        self._number = 0
        return Reset(attempt=self._attempt, reason=reason)
