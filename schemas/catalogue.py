"""Which records Sluice writes of itself, and to which of its topics; what a route writes is said in gateway.yaml.

A topic that gateway.yaml does not declare is not there, and a type that is not here is written by a route.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.dead_letters import OPENED, Settled
from schemas.events import (
    Cancelled,
    Cited,
    Delta,
    Done,
    Event,
    Failed,
    Reset,
    Retrieved,
    Used,
    event_type,
)
from schemas.load import Load

JSON, PROTOBUF = "application/json", "application/protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record.

    Attributes:
        type: Its `ce_type`.
        says: What it means; a sentence.
        schema: The name of its value's schema (schemas/json); empty where the value has none, or is no JSON.
        content_type: Of its value.
    """

    type: str
    says: str
    schema: str = ""
    content_type: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of ours: what it is for, who writes it and who reads it, and what they write beside the routes."""

    says: str
    key: str
    writers: str
    readers: str
    kinds: tuple[Kind, ...] = ()


def _event(event: type[Event]) -> Kind:
    first = (event.__doc__ or "").strip().partition("\n")[0].partition(". ")[0]
    return Kind(type=event_type(event.name), says=f"{first.rstrip('.')}.", schema=event.name)


EVENTS = tuple(map(_event, (Retrieved, Delta, Cited, Used, Reset, Done, Failed, Cancelled)))
"""What an answer is made of."""

LOAD = Kind(type=Load.type, says="What waits for a worker, and how quick it is.")

TOPICS: Mapping[str, Topic] = {
    "rag.chunks": Topic(
        says="What is known: one record a passage; a null value deletes it.",
        key="doc_id#chunk_index",
        writers="processor",
        readers="embedder",
    ),
    "rag.embeddings": Topic(
        says="The passages with their vectors, from which every index is made.",
        key="doc_id#chunk_index",
        writers="embedder",
        readers="every index",
        kinds=(
            Kind(type="rag.chunk.embedded.v1", says="A passage and its vector.", content_type=PROTOBUF),
            Kind(type="rag.chunk.deleted.v1", says="A passage that is gone; without a value.", content_type=PROTOBUF),
        ),
    ),
    "rag.queries": Topic(says="What was asked.", key="query key", writers="processor", readers="retriever"),
    "rag.contexts": Topic(
        says="Questions with the passages that their callers may see.",
        key="query key",
        writers="retriever",
        readers="generator",
        kinds=(Kind(type="rag.context.retrieved.v1", says="A question and its passages.", schema="context"),),
    ),
    "rag.results": Topic(
        says="Answers as they are written.",
        key="query key",
        writers="generator",
        readers="every results server",
        kinds=EVENTS,
    ),
    "rag.cancels": Topic(
        says="What is wanted no more.", key="query key", writers="processor", readers="every retriever and generator"
    ),
    "rag.answers": Topic(
        says="Final results.",
        key="query key",
        writers="generator",
        readers="results server, generator",
        kinds=(_event(Done),),
    ),
    "rag.dead-letters": Topic(
        says="Records that failed for good, as they were, with `dlq-` headers beside their own; "
        "and what became of them.",
        key="the record's own",
        writers="any worker",
        readers="python -m workers dead-letters",
        kinds=(
            Kind(
                type=Settled.type, says="What became of a letter of the same partition.", schema="dead-letter-settled"
            ),
            Kind(type=OPENED, says="Somebody begins to settle letters of the partition."),
        ),
    ),
}
