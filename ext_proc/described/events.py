"""The events of a stream: those that are records, and those of the results server's own."""

from collections.abc import Iterator, Mapping

from ext_proc.described.answers import COUNT, SECONDS, members
from ext_proc.described.part import TEXT, Json, StreamEvent
from ext_proc.described.schemas import reference
from ext_proc.results.live.event import TOMBSTONE
from ext_proc.results.reader.anteroom import QUEUED
from ext_proc.results.reader.script import CHALLENGE
from ext_proc.results.route import ResultsSettings
from schemas.catalogue import TOPICS
from schemas.events import TERMINAL, event_name

ANYTHING: Json = {}


def place_of(query_id: Json) -> Json:
    """What is said of a query that waits."""
    waits = {"position": {"type": "integer", "minimum": 1}, "eta_seconds": SECONDS}
    return {"type": "object", "required": ["query_id"], "properties": {"query_id": query_id, **waits}}


_OWN: Mapping[str, tuple[str, Json]] = {
    QUEUED: ("Accepted; where it stands, as far as that is known.", place_of(TEXT)),
    "gap": ("What the id asked for is older than what Kafka holds.", members(earliest=TEXT)),
    "auth_expiring": ("The stream ends with its token, unless that is renewed.", members(expires_in=COUNT)),
    "reconnect": ("The server is draining: come back with the last id.", {"type": "object"}),
    CHALLENGE: ("A fresh token is wanted.", members(method=TEXT, headers={"type": "object"})),
    TOMBSTONE: ("The key is gone.", members(key=TEXT)),
}


def stream_events(settings: ResultsSettings) -> tuple[StreamEvent, ...]:
    """Every event that a stream with these settings may show, in about the order in which they come."""
    return tuple(
        event
        for event in _all(settings)
        if not settings.only or event.name in settings.only or (settings.challenge and event.name == CHALLENGE)
    )


def _all(settings: ResultsSettings) -> Iterator[StreamEvent]:
    if settings.key is not None:
        yield _own(QUEUED)
    topic = TOPICS.get(settings.topic)
    for kind in topic.kinds if topic else ():
        name = event_name(kind.type)
        data = reference(kind.schema) if kind.schema else ANYTHING
        yield StreamEvent(name=name, says=kind.says, data=data, last=settings.ends and name in TERMINAL)
    if topic is None:
        yield _own(TOMBSTONE)
    yield _own("gap")
    yield _own(CHALLENGE if settings.challenge else "auth_expiring")
    yield _own("reconnect")


def _own(name: str) -> StreamEvent:
    says, data = _OWN[name]
    return StreamEvent(name=name, says=says, data=data)
