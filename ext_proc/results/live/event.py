"""An event in memory: one record, without what no reader needs.

What only readers need is done when the first of them looks: its signature is checked, and it is encoded.
"""

import sys
from collections import Counter
from collections.abc import Mapping

import orjson

from bus.records import Headers, Received
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.frame import Format, Frame, frame
from ext_proc.results.format.sse import MESSAGE
from ext_proc.results.trust import Trust
from schemas.envelope import PROOF, SIGNATURE, TIER, USER_ID
from schemas.events import TERMINAL, event_name

# What an event costs besides its value once it was looked at, measured with `tracemalloc`, and rounded up.
OVERHEAD = 550
HEADER = 100  # what one kept header costs besides its value

TOMBSTONE = "delete"


class Event:
    """One record of a topic. Several readers share it; it never changes, but is judged and encoded at most once."""

    __slots__ = (
        "_frames",
        "_name",
        "_proof",
        "_trusted",
        "_type",
        "_value",
        "headers",
        "key",
        "offset",
        "partition",
        "size",
        "timestamp",
        "topic",
        "user_id",
    )

    def __init__(self, record: Received, *, keep: frozenset[str] = frozenset()) -> None:
        """`keep` names the headers that conditions read. One that is there twice says nothing."""
        named: Mapping[str, bytes] = dict(record.headers)
        if len(named) == len(record.headers):
            self._proof = named.get(TIER), named.get(SIGNATURE)
        else:
            named, self._proof = _once(record.headers), _NOTHING
        self.topic = record.topic
        self.partition = record.partition
        self.offset = record.offset
        self.timestamp = record.timestamp
        self.key = record.key
        self.user_id = named.get(USER_ID)
        self.headers = {name: named[name] for name in keep if name in named} if keep else _NONE
        self._type = named.get("ce_type", b"")
        self._value = record.value
        self._trusted: bool | None = None
        self._name: str | None = None
        self._frames: tuple[tuple[Format, Frame], ...] = ()
        self.size = OVERHEAD + (len(record.value) if record.value is not None else 0)
        if self.headers:
            self.size += sum(HEADER + len(value) for value in self.headers.values())

    @property
    def name(self) -> str:
        """What clients know it as; a record without a value is `delete`, one without a type `message`."""
        if self._name is None:
            name = event_name(self._type.decode("utf-8", "replace")) or MESSAGE
            self._name = TOMBSTONE if self._value is None else sys.intern(name)
        return self._name

    @property
    def terminal(self) -> bool:
        """Nothing follows it."""
        return self.name in TERMINAL

    @property
    def value(self) -> bytes | None:
        """The record's value; `None` is a tombstone."""
        return self._value

    def trusted(self, trust: Trust) -> bool:
        """Whether Sluice wrote it; a process has one `trust`."""
        if self._trusted is None:
            self._trusted = trust(self._record())
            self._proof = _NOTHING
        return self._trusted

    def frame(self, format: Format) -> Frame:  # noqa: A002 - there is no better word
        """The event as the bytes of a stream of its key."""
        for known, made in self._frames:
            if known is format:
                return made
        place = str(EventId(self.partition, self.offset))
        made = frame(format, id=place, event=self.name, data=self._data())
        self._frames += ((format, made),)
        return made

    def _data(self) -> bytes:
        """A tombstone has nothing to say but whose it is."""
        if self._value is not None:
            return self._value
        return orjson.dumps({"key": None if self.key is None else self.key.decode("utf-8", "replace")})

    def _record(self) -> Received:
        """What a signature covers."""
        return Received(
            topic=self.topic,
            partition=self.partition,
            offset=self.offset,
            timestamp=self.timestamp,
            key=self.key,
            value=self._value,
            headers=tuple(
                (name, value) for name, value in zip(PROOF, (self.user_id, *self._proof), strict=True) if value
            ),
        )


_NOTHING: tuple[bytes | None, bytes | None] = (None, None)
_NONE: Mapping[str, bytes] = {}


def _once(headers: Headers) -> dict[str, bytes]:
    """The headers whose names are there once: of two values, who is to say which one counts?"""
    count = Counter(name for name, _ in headers)
    return {name: value for name, value in headers if count[name] == 1}
