"""What is written to one reader, as bytes of its format: what it wants to see, and where it stands where it does not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from ext_proc.results.format.event_id import FINAL
from ext_proc.results.format.frame import Format, frame
from ext_proc.results.live.event import Event
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber

CHALLENGE = "challenge"

# As Zilla's guards have it: the request that brings a fresh token, to the address of the stream.
_RESPONSE = orjson.dumps({"method": "POST", "headers": {"content-type": "application/x-challenge-response"}})


class Part(NamedTuple):
    """Some events: their text, which of them are in it, and whether the stream's last event was among them."""

    text: bytes
    shown: Sequence[Event]
    last: bool


class Script:
    """Writes for one subscriber, and moves its position by what it wrote."""

    def __init__(self, *, subscriber: Subscriber, format: Format) -> None:  # noqa: A002 - there is no better word
        self._subscriber = subscriber
        self._format = format

    def begin(self, opening: Opening, *, retry: float) -> bytes:
        """The first bytes: they say where the reader stands, so that it can come back before anything has come."""
        return self._format.begin(retry) + self._placed(opening.greeting, opening.data)

    def told(self, name: str, data: Mapping[str, object]) -> bytes:
        """An event of the server's own."""
        return self._placed(name, data)

    def challenge(self) -> bytes:
        """Asks for a fresh token, and says how it is to be brought."""
        position = self._subscriber.position
        position.unsaid = False
        form = self._format
        return b"".join((form.place(position.id()), form.own_name(CHALLENGE), form.data(_RESPONSE), form.end))

    def end(self, name: str, data: Mapping[str, object]) -> bytes:
        """As `told`, and nothing follows: whoever comes back with its id is told so."""
        return self._placed(name, data, final=FINAL)

    def ping(self) -> bytes:
        """Keeps the stream alive; says where the reader stands where that is news, so that its id does not grow old."""
        return self._format.ping + (self._placed("", {}) if self._subscriber.position.unsaid else b"")

    def part(self, events: Sequence[Event]) -> Part:
        """Events that the reader may see, up to one that ends the stream; those that it does not want are left out."""
        position, shows, ends = self._subscriber.position, self._subscriber.shows, self._subscriber.wants.ends
        texts: list[bytes] = []
        shown: list[Event] = []
        for event in events:
            if shows(event.name):
                texts += position.framed(event, self._format)
                shown.append(event)
            if ends and event.terminal:
                return Part(b"".join([*texts, *self._hidden_end(event)]), shown, last=True)
        return Part(b"".join(texts), shown, last=False)

    def _hidden_end(self, event: Event) -> Sequence[bytes]:
        """The mark for an end that the reader does not want to see: without it, it would come back for ever."""
        if self._subscriber.shows(event.name):
            return ()
        self._subscriber.position.passed(event.partition, event.offset + 1)
        return (self._placed("", {}, final=FINAL),)

    def _placed(self, name: str, data: Mapping[str, object], *, final: str = "") -> bytes:
        """The event of that name; where it has none, or is not wanted, only where the reader stands."""
        position, place = self._subscriber.position, self._subscriber.position.id() + final
        position.unsaid = False
        if not name or not self._subscriber.shows(name):
            return self._format.mark(place)
        return b"".join(frame(self._format, id=place, event=name, data=orjson.dumps(data)))
