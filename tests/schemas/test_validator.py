"""Loading schemas, and what a validator promises beyond the examples."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.errors import SchemaInvalid, UnknownSchema
from schemas.explanation import MOST
from schemas.validator import SchemaValidators
from schemas.violation import Violation

BASE = "https://schemas.sluice.example/"


def load(folder: Path, **schemas: object) -> SchemaValidators:
    for name, schema in schemas.items():
        (folder / f"{name}.schema.json").write_bytes(orjson.dumps(schema))
    return SchemaValidators.load(folder)


def a_schema(**keywords: Any) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{BASE}a", "type": "object", **keywords}


def test_an_unknown_schema_says_which_are_known(tmp_path: Path) -> None:
    """Whoever misspelt a name sees the right one."""
    with pytest.raises(UnknownSchema, match="no schema 'b'; there are a"):
        load(tmp_path, a=a_schema()).get("b")


def test_common_parts_are_no_schema_of_their_own() -> None:
    """A route that asks for `common`, which would accept everything, fails at start."""
    with pytest.raises(UnknownSchema):
        SchemaValidators.load().get("common")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "needs an object with"),
        ({"type": "object"}, "needs an object with"),
        (a_schema(properties=[]), "#/properties: "),
        (a_schema(required="name"), "#/required: "),
        (a_schema(literal="number"), "literal can only be 'integer'"),
        ({**a_schema(), "$ref": "nowhere.schema.json"}, "nowhere"),
        (a_schema(properties={"b": {"pattern": "("}}), ""),
    ],
)
def test_a_bad_schema_stops_the_start(tmp_path: Path, schema: object, reason: str) -> None:
    """The error names the file and the reason."""
    with pytest.raises(SchemaInvalid) as caught:
        load(tmp_path, bad=schema)

    assert tmp_path / "bad.schema.json" == caught.value.file
    assert reason in str(caught.value)


def test_a_file_that_is_not_json_stops_the_start(tmp_path: Path) -> None:
    """A merge conflict left in a schema is found at start."""
    (tmp_path / "bad.schema.json").write_text("<<<<<<<")

    with pytest.raises(SchemaInvalid, match="cannot be read as JSON"):
        SchemaValidators.load(tmp_path)


def test_details_never_repeat_the_document() -> None:
    """What a client sent, which may be private, is in no answer and no log."""
    secret = "very-private-text" * 400
    document = {"doc_id": secret, "chunk_index": secret, "text": secret, "visibility": secret, "metadata": secret}

    violations = SchemaValidators.load().get("chunk").violations(document)

    assert len(violations) == 5
    assert not [violation for violation in violations if "private" in violation.detail or len(violation.detail) > 120]


def test_the_number_of_reasons_is_bounded() -> None:
    """A body that is wrong in a thousand places gets a bounded answer that says so."""
    document = {"doc_id": "a", "chunk_index": 0, "text": "b", "metadata": {str(i): "\0" for i in range(1000)}}

    violations = SchemaValidators.load().get("chunk").violations(document)

    assert len(violations) == MOST + 2
    assert violations[-1].pointer == "#"
    assert "more violations" in violations[-1].detail


def test_half_of_a_surrogate_pair_is_refused_wherever_it_is() -> None:
    """A text that no UTF-8 can carry is found in values, in names and deep inside."""
    document = {"doc_id": "a", "chunk_index": 0, "text": "\ud800", "metadata": {"n": [1, "\udfff"], "\ud801": "x"}}

    violations = SchemaValidators.load().get("chunk").violations(document)

    assert [violation.pointer for violation in violations] == ["#/metadata", "#/metadata/n/1", "#/text"]


def test_a_document_nested_beyond_the_stack_is_still_judged() -> None:
    """Depth never becomes an exception: valid stays valid, invalid is refused with what could be found."""
    deep: Any = "bottom"
    wrong: Any = "\0"
    for _ in range(900):
        deep, wrong = [deep], [wrong]
    chunk = SchemaValidators.load().get("chunk")

    assert tuple(chunk.violations({"doc_id": "a", "chunk_index": 0, "text": "b", "metadata": {"deep": deep}})) == ()
    violations = chunk.violations({"doc_id": "a", "chunk_index": 0, "text": "b", "metadata": {"deep": wrong}})
    assert (Violation(pointer="#", detail="does not fit its schema"),) == tuple(violations)


def test_where_no_reason_is_found_the_verdict_stands(tmp_path: Path) -> None:
    """A format that only the verdict knows how to check still refuses, with a general reason."""
    schema = a_schema(properties={"at": {"type": "string", "format": "duration"}})
    validator = load(tmp_path, a=schema).get("a")

    assert (Violation(pointer="#", detail="does not fit its schema"),) == tuple(validator.violations({"at": "soon"}))
