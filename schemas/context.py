"""What is written to `rag.contexts`: a question with the passages that its caller may see, best first."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from schemas.errors import Malformed
from schemas.events import Failed

TYPE = "rag.context.retrieved.v1"

ASKED_AT = "asked-at"
"""The header that repeats `asked_at` for those who only estimate; no signature covers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPassage:
    """A passage as it was found; `score` as the index gave it."""

    doc_id: str
    chunk_index: int
    text: str
    visibility: str
    source_url: str | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that an answer is made from.

    Attributes:
        query_id: As the client knows it.
        top_k: How many passages were asked for.
        passages: What was found inside the caller's visibility; may be empty.
        asked_at: When the query was written, in ms since the epoch; the answer's latency counts from here.
        retrieved_ms: How long the search took.
        cancelled: The caller wanted it no more before the search began: nothing was searched, nothing is to be answered.
        expired: The query was past its deadline before the search began: nothing was searched, nothing is to be answered.
        failure: The query was given up, and its stream is to end with this; what could not be read of it is empty.
    """

    query_id: str
    question: str
    top_k: int
    passages: tuple[ContextPassage, ...]
    asked_at: int
    retrieved_ms: int
    cancelled: bool = False
    expired: bool = False
    failure: Failed | None = None


def encode(context: Context) -> bytes:
    """One line of JSON, as `context.schema.json` describes it."""
    document = asdict(context)
    if context.failure is None:
        del document["failure"]
    return orjson.dumps(document)


def decode(body: bytes) -> Context:
    """The context in a record's body; what it has beyond ours is ignored, so that old readers take new records.

    Raises:
        Malformed: The body is not one.
    """
    try:
        document = orjson.loads(body)
        return Context(
            query_id=document["query_id"],
            question=document["question"],
            top_k=document["top_k"],
            passages=tuple(_passage(item) for item in document["passages"]),
            asked_at=document["asked_at"],
            retrieved_ms=document["retrieved_ms"],
            cancelled=document.get("cancelled", False),
            expired=document.get("expired", False),
            failure=_failure(document.get("failure")),
        )
    except orjson.JSONDecodeError as error:
        raise Malformed(what="context", reason="it is not JSON") from error
    except KeyError as error:
        raise Malformed(what="context", reason=f"{error.args[0]} is missing") from error
    except TypeError as error:
        raise Malformed(what="context", reason="it is built otherwise") from error


def _passage(item: dict[str, Any]) -> ContextPassage:
    return ContextPassage(
        doc_id=item["doc_id"],
        chunk_index=item["chunk_index"],
        text=item["text"],
        visibility=item["visibility"],
        source_url=item["source_url"],
        score=item["score"],
    )


def _failure(item: dict[str, Any] | None) -> Failed | None:
    if item is None:
        return None
    return Failed(
        type=item["type"],
        title=item["title"],
        status=item["status"],
        detail=item["detail"],
        query_id=item["query_id"],
        trace_id=item.get("trace_id", ""),
    )
