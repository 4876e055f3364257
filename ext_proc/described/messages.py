"""The kinds of records on each topic: those that the routes write, and those of our own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ext_proc.described.part import Written
from ext_proc.described.parts import Told
from ext_proc.described.schemas import examples, reference
from proto.embedding import DECLARED
from runtime.settings.gateway import Gateway
from schemas.catalogue import LOAD, PROTOBUF, TOPICS, Kind

Message = Mapping[str, Any]


def messages(gateway: Gateway, routes: Sequence[Told]) -> Mapping[str, Mapping[str, Message]]:
    """By topic and then by type: every topic of gateway.yaml, also one on which nobody writes yet."""
    found: dict[str, dict[str, Message]] = {name: {} for name in gateway.topics}
    for topic, type_, message in (*_of_routes(routes), *_ours(gateway)):
        if topic in found:
            found[topic].setdefault(type_, message)
    return found


def _of_routes(routes: Sequence[Told]) -> Iterator[tuple[str, str, Message]]:
    for told in routes:
        for part in told.parts:
            for written in part.writes:
                yield written.topic, written.type, _of_route(written, told)


def _of_route(written: Written, told: Told) -> Message:
    says = written.says or f"What `{told.route.method} {told.route.path}` accepted."
    message = {
        "name": written.type,
        "summary": says,
        "contentType": "application/json",
        "headers": reference("headers"),
    }
    if written.schema is not None:
        return {**message, "payload": written.schema}
    if told.body and not written.says:
        return {**message, "payload": reference(told.body), **_shown(told.body)}
    return {**message, "payload": {"type": "object"}}


def _ours(gateway: Gateway) -> Iterator[tuple[str, str, Message]]:
    for name, topic in TOPICS.items():
        for kind in topic.kinds:
            yield name, kind.type, _message(kind)
    if gateway.workers.load:
        yield gateway.workers.load, LOAD.type, _message(LOAD)


def _message(kind: Kind) -> Message:
    return {
        "name": kind.type,
        "summary": kind.says,
        "contentType": kind.content_type,
        "headers": reference("headers"),
        "payload": _payload(kind),
        **(_shown(kind.schema) if kind.schema else {}),
    }


def _payload(kind: Kind) -> Any:
    if kind.content_type == PROTOBUF:
        return {"schemaFormat": "application/vnd.google.protobuf;version=3", "schema": DECLARED}
    return reference(kind.schema) if kind.schema else {"type": "object"}


def _shown(schema: str) -> Mapping[str, Any]:
    found = [{"name": name, "payload": value} for name, value in examples(schema).items()]
    return {"examples": found} if found else {}
