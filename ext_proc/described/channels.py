"""What of a topic AsyncAPI calls its channel, and what goes through a stream."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ext_proc.described.messages import Message
from ext_proc.described.part import StreamEvent
from ext_proc.described.parts import Told
from runtime.settings.kafka import TopicSettings
from schemas.catalogue import TOPICS

KAFKA, EDGE = "kafka", "edge"


def topic_channel(name: str, settings: TopicSettings, messages: Mapping[str, Message]) -> dict[str, Any]:
    """One topic, with its settings."""
    known = TOPICS.get(name)
    key = f"Its key is the {known.key}. " if known else ""
    return {
        "address": name,
        "servers": [{"$ref": f"#/servers/{KAFKA}"}],
        "description": f"{known.says} {key}Written by {known.writers}, read by {known.readers}." if known else name,
        "messages": dict(messages),
        "bindings": {KAFKA: {"topic": name, "topicConfiguration": _configured(settings), **_partitions(settings)}},
    }


def streams(routes: Sequence[Told]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A channel for each route that streams: by the route's name."""
    for told in routes:
        events = [event for part in told.parts for event in part.events]
        if events:
            yield told.route.name, _stream(told, events)


def _stream(told: Told, events: Sequence[StreamEvent]) -> dict[str, Any]:
    named = {name: {"description": "As in openapi.json."} for name in told.route.parameters()}
    return {
        "address": told.route.path,
        "servers": [{"$ref": f"#/servers/{EDGE}"}],
        "description": "Server-Sent Events, or lines of JSON.",
        **({"parameters": named} if named else {}),
        "messages": {event.name: _message(event) for event in events},
    }


def _message(event: StreamEvent) -> dict[str, Any]:
    return {
        "name": event.name,
        "summary": f"{event.says}{' It is the last.' if event.last else ''}",
        "contentType": "application/json",
        "payload": event.data,
    }


def _configured(settings: TopicSettings) -> dict[str, Any]:
    kept = {} if settings.retention is None else {"retention.ms": round(settings.retention * 1000)}
    return {"cleanup.policy": [settings.cleanup], **kept}


def _partitions(settings: TopicSettings) -> dict[str, Any]:
    return {"partitions": settings.partitions, "replicas": settings.replication, "bindingVersion": "0.5.0"}
