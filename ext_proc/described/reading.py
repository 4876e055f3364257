"""What readers are told of: streams of a topic, and the state that its events come to."""

from collections.abc import Mapping
from typing import Any

from ext_proc.described.answers import BAD_REQUEST, COUNT, NOT_FOUND, RETRY, SECONDS, members
from ext_proc.described.events import place_of, stream_events
from ext_proc.described.part import JSON, TEXT, Answer, Header, Json, Parameter, Part, StreamEvent
from ext_proc.described.schemas import reference
from ext_proc.moment import LATEST
from ext_proc.results.reader.script import CHALLENGE
from ext_proc.results.route import ResultsSettings, StatusSettings

SSE, NDJSON = "text/event-stream", "application/x-ndjson"
ID: Json = {"type": "string", "pattern": r"^(v1\.[0-9]{1,10}\.(-1|[0-9]{1,19})(\.end)?)?$"}
PLACES: Json = {"type": "string", "maxLength": 690}
TIME: Json = {
    "anyOf": [{"type": "integer", "minimum": 0, "maximum": LATEST}, {"type": "string", "format": "date-time"}]
}

_AWAY = Answer.problem(503, "results-unavailable", "The results server is full, starts or stops.", headers=RETRY)
_LAST_ID = "The id of the last event that the reader has; the stream goes on behind it."
_TAG: Json = {"type": "string", "pattern": '^"[^"]+"$'}


def described_stream(settings: ResultsSettings) -> Part:
    """Of a route that streams."""
    answers = [
        Answer(status=200, says=_told(settings), content={SSE: _events(settings), NDJSON: _lines(settings)}),
        Answer(status=204, says="The reader has had the last event: `Last-Event-ID` is its id."),
        Answer.problem(400, "bad-event-id", "`Last-Event-ID` is no id, or none of this stream."),
        BAD_REQUEST,
        NOT_FOUND,
        _AWAY,
    ]
    return Part(parameters=_places(settings), answers=tuple(answers), events=stream_events(settings))


def described_state(settings: StatusSettings) -> Part:
    """Of a route that tells how far a query is."""
    tag = Header(says="Of this state, and of its place while it waits.", schema=_TAG, always=True)
    kept = Header(says="Kept, and asked for each time.", schema={"const": "private, no-cache"}, always=True)
    applied = Header(says="The wait that was granted.", schema={"type": "string", "pattern": "^wait=[0-9]+$"})
    again = Header(says="A hint when to ask again, while it is under way.", schema=SECONDS)
    headers = {"ETag": tag, "Cache-Control": kept, "Preference-Applied": applied, "Retry-After": again}
    answers = (
        Answer(status=200, says="How far it is, or the final result.", content={JSON: _states()}, headers=headers),
        Answer(status=304, says="The client has this state: `If-None-Match` names its tag.", headers=headers),
        NOT_FOUND,
        _AWAY,
    )
    wait = f"`wait=N` (RFC 7240): hold the answer back until it is final, for N seconds and at most {settings.wait}."
    parameters = (
        Parameter(name="Prefer", where="header", says=wait),
        Parameter(name="If-None-Match", where="header", says="Tags of states that the client has."),
    )
    return Part(parameters=parameters, answers=answers)


def _places(settings: ResultsSettings) -> tuple[Parameter, ...]:
    form = PLACES if settings.key is None else ID
    ids = (
        Parameter(name="Last-Event-ID", where="header", says=_LAST_ID, schema=form),
        Parameter(name="lastEventId", where="query", says="The same, for those who can set no header."),
    )
    since = "From when on events are shown: ISO 8601 or ms since the epoch, not before 1970."
    if settings.key is not None:
        since += " Not looked at where an issued id says it."
    return (*ids, Parameter(name="since", where="query", says=since, schema=TIME if settings.key is None else TEXT))


def _told(settings: ResultsSettings) -> str:
    ends = " It ends with the last event." if settings.ends and settings.key else " It ends with its reader."
    return f"Events of `{settings.topic}`." + ends


def _events(settings: ResultsSettings) -> Json:
    """OpenAPI 3.1 has no word for a sequence: as tools read it, the schema of `text/event-stream` is that of one event."""
    shown = stream_events(settings)
    lines = [f"- `{event.name}`: {event.says}" for event in shown]
    says = "Server-Sent Events; this is each of them, whose `data` is one line of JSON.\n\n" + "\n".join(lines)
    fields = {"id": PLACES, "event": TEXT, "data": TEXT, "retry": COUNT}
    return {
        "description": says,
        "type": "object",
        "properties": fields,
        "anyOf": [_event(each, settings) for each in shown],
    }


def _event(event: StreamEvent, settings: ResultsSettings) -> Json:
    named = settings.named or event.name == CHALLENGE
    data = {"type": "string", "contentMediaType": JSON, "contentSchema": event.data}
    if not named:
        return {"required": ["data"], "properties": {"data": data}}
    return {"required": ["event", "data"], "properties": {"event": {"const": event.name}, "data": data}}


def _lines(settings: ResultsSettings) -> Json:
    """As above, of a line."""
    shown = stream_events(settings)
    says = "The same events, a line of JSON each; this is each of them. An empty line is a ping."
    fields = {"id": PLACES, "event": TEXT}
    return {
        "description": says,
        "type": "object",
        "properties": fields,
        "anyOf": [_line(each, settings) for each in shown],
    }


def _line(event: StreamEvent, settings: ResultsSettings) -> Json:
    if not (settings.named or event.name == CHALLENGE):
        return {"properties": {"data": event.data}}
    return {"properties": {"event": {"const": event.name}, "data": event.data}}


def _states() -> Json:
    """What is queued or done; the members of a result or a cancellation stand beside its status."""
    return {
        "oneOf": [
            {"allOf": [place_of(reference("query_id")), _status("queued")]},
            _status("running"),
            {"allOf": [_status("done"), {"anyOf": [reference("done"), {"required": ["result"]}]}]},
            _status("error", error=reference("error")),
            {"allOf": [_status("cancelled"), {"anyOf": [reference("cancelled"), {"required": ["result"]}]}]},
        ]
    }


def _status(status: str, **more: Mapping[str, Any]) -> Json:
    return members(query_id=reference("query_id"), status={"const": status}, **more)
