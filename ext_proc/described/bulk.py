"""What a route says that takes many records at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from ext_proc.bulk import ending
from ext_proc.bulk.media import NDJSON
from ext_proc.described.answers import CHALLENGE, COUNT, REPLAYED, RETRY, VIOLATIONS
from ext_proc.described.part import JSON, TEXT, Answer, Json
from runtime.settings.bulk import BulkSettings

LINES = "A record a line, and this is each of them: judged as a body of its own, and refused alone."
ITEMS = "Each record is judged as a body of its own: one that is refused is refused alone, in its receipt."


def with_many(content: Mapping[str, Any], bulk: BulkSettings) -> dict[str, Any]:
    """The body's content, with an array in place of the record, and lines of it."""
    one = content[JSON]
    many: Json = {
        "type": "array",
        "description": ITEMS,
        "minItems": 1,
        "maxItems": bulk.array,
        "items": {"anyOf": [one["schema"], {}]},
    }
    lines: Json = {"description": LINES, "anyOf": [one["schema"], {}]}
    return {JSON: {**one, "schema": {"oneOf": [one["schema"], many]}}, NDJSON: {"schema": lines}}


def bulk_answers(bulk: BulkSettings) -> Iterator[Answer]:
    """Its answers beside those to one record."""
    lines: Json = {"description": "A receipt a line, and this is each of them.", **_receipt("line", first=1)}
    replayed = {"Idempotent-Replayed": REPLAYED}
    yield Answer(status=200, says="An upload: a receipt for each line.", content={NDJSON: lines}, headers=replayed)
    items = {"type": "array", "items": _receipt("index", first=0)}
    yield Answer(status=207, says="An array: a receipt for each record.", content={JSON: items}, headers=replayed)
    for cause in (ending.BROKEN, ending.EXPIRED, ending.idle(bulk.idle), ending.DRAINING, ending.BUSY):
        headers = CHALLENGE if cause.status == 401 else RETRY if cause.retry_after else {}
        more = {ending.RESUME: COUNT}
        yield Answer.problem(cause.status, cause.reason, cause.detail, members=more, headers=headers)


def _receipt(counted: str, *, first: int) -> Json:
    number = {"type": "integer", "minimum": first}
    accepted: Json = {
        "type": "object",
        "required": [counted, "status", "topic", "partition", "offset"],
        "properties": {
            counted: number,
            "status": {"const": 202},
            "topic": TEXT,
            "partition": COUNT,
            "offset": COUNT,
            "replayed": {"const": True},
        },
    }
    refused: Json = {
        "type": "object",
        "required": [counted, "status"],
        "properties": {
            counted: number,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "type": TEXT,
            "title": TEXT,
            "detail": TEXT,
            "errors": VIOLATIONS,
        },
    }
    return {"oneOf": [accepted, refused]}
