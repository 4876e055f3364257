"""What is said of the topics, the records on them, and the events of streams."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from ext_proc.described.asyncapi import asyncapi
from ext_proc.registry import BUILT_IN
from runtime.settings.load import load
from tests.fixtures.settings import ENVIRON, ROOT

OFFICIAL = jsonschema_rs.Draft7Validator(
    orjson.loads(Path(__file__).with_name("asyncapi-3.0.0.json").read_bytes()), validate_formats=False
)


def of(file: str) -> Any:
    """The document, as it is read."""
    made = asyncapi(load(ROOT / file, environ=ENVIRON), plugins=BUILT_IN)
    return orjson.loads(orjson.dumps(made))


@pytest.fixture(scope="module")
def document() -> Any:
    """That of gateway.yaml."""
    return of("gateway.yaml")


@pytest.mark.parametrize("file", ["gateway.yaml", "demo/zilla.yaml"])
def test_it_is_valid(file: str) -> None:
    """By the official schema of AsyncAPI 3.0, and nothing is referred to that is not there."""
    made = of(file)
    assert [error.message for error in OFFICIAL.iter_errors(made)] == []
    assert [each for each in _references(made) if _found(made, each) is None] == []


def test_the_official_schema_refuses_what_is_wrong(document: Any) -> None:
    """The check above can fail."""
    assert not OFFICIAL.is_valid({**document, "channels": {"t": {"address": 7}}})


def test_every_topic_is_a_channel(document: Any) -> None:
    """With the partitions and the policy that it is created with."""
    gateway = load(ROOT / "gateway.yaml", environ=ENVIRON)
    for name, settings in gateway.topics.items():
        bound = document["channels"][name]["bindings"]["kafka"]
        assert (bound["partitions"], bound["topicConfiguration"]["cleanup.policy"]) == (
            settings.partitions,
            [settings.cleanup],
        )


def test_it_names_no_address() -> None:
    """Where the brokers are, nobody learns here."""
    assert "9092" not in orjson.dumps(of("gateway.yaml")).decode()


def test_a_route_says_what_its_records_are(document: Any) -> None:
    """By its own type, with the schema of the body it takes, or with the members that it writes."""
    submitted = document["channels"]["rag.queries"]["messages"]["rag.query.submitted.v1"]
    assert submitted["payload"] == {"$ref": "#/components/schemas/query"}
    assert "whole" in [example["name"] for example in submitted["examples"]]
    cancelled = document["channels"]["rag.cancels"]["messages"]["rag.query.cancelled.v1"]
    assert cancelled["payload"]["required"] == ["query_id"]


def test_vectors_are_declared_as_protobuf(document: Any) -> None:
    """Readers in other languages get the declaration itself."""
    payload = document["channels"]["rag.embeddings"]["messages"]["rag.chunk.embedded.v1"]["payload"]
    assert payload["schema"] == (ROOT / "proto/embedding.proto").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "names"),
    [
        (
            "gateway.yaml",
            "queued retrieved delta citation usage reset done error cancelled gap auth_expiring reconnect",
        ),
        ("demo/zilla.yaml", "done challenge"),
    ],
)
def test_a_stream_is_a_channel_of_its_events(file: str, names: str) -> None:
    """Of those alone that the route shows."""
    assert list(of(file)["channels"]["stream-results"]["messages"]) == names.split()


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for inner in value.values() for each in _references(inner)]
    return [each for inner in value for each in _references(inner)] if isinstance(value, list) else []


def _found(document: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        document = document.get(step) if isinstance(document, dict) else None
    return document
