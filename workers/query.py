"""What is read from `rag.queries`, and how a query that failed is told so."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bus.records import Received, Record
from schemas.errors import Malformed
from schemas.events import Failed, encode, event_type
from workers.errors import StageError
from workers.problems import problem
from workers.scribe import Draft, Scribe
from workers.topics import RESULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question. Who asks is in the record's headers, and nowhere in here."""

    query_id: str
    question: str
    top_k: int | None


def decode_query(record: Received) -> Query:
    """The query in a record's body.

    Raises:
        Malformed: The body is not one.
    """
    try:
        document = orjson.loads(record.value or b"")
        question, top_k = document["question"], document.get("top_k")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(what="query", reason="it is not JSON of the declared form") from error
    if not isinstance(question, str) or not (top_k is None or isinstance(top_k, int)):
        raise Malformed(what="query", reason="a value is of another kind")
    return Query(query_id=query_id_of(record), question=question, top_k=top_k)


def query_id_of(record: Received) -> str:
    """The id as the client knows it: from the body, or where that cannot be read, what the key ends with."""
    document: Any = None
    with contextlib.suppress(orjson.JSONDecodeError):
        document = orjson.loads(record.value or b"")
    found = document.get("query_id") if isinstance(document, dict) else None
    return found if isinstance(found, str) else (record.key or b"").decode("utf-8", "replace").rpartition(".")[2]


def failure_of(record: Received, error: StageError) -> Failed:
    """The problem that says to whoever asked what they can do."""
    return problem(error, query_id=query_id_of(record), trace_id=_trace_id(record))


def failure_event(scribe: Scribe, record: Received, error: StageError) -> Sequence[Record]:
    """Ends the stream of whoever asked; the generator's alone to write."""
    event = failure_of(record, error)
    key = (record.key or b"").decode("utf-8", "replace")
    draft = Draft(topic=RESULTS, type=event_type(event.name), id=f"{key}/{event.name}", body=encode(event), tier=True)
    return (scribe.record(record, draft),)


def _trace_id(record: Received) -> str:
    """The second field of https://www.w3.org/TR/trace-context/#traceparent-header."""
    parts = (record.header("traceparent") or "").split("-")
    return parts[1] if len(parts) > 3 else ""
