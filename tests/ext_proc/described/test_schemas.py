"""Our JSON Schemas as components of a description."""

from typing import Any

import jsonschema_rs
import orjson
import pytest

from ext_proc.described.schemas import examples, reached, reference
from schemas.validator import FOLDER, SUFFIX, SchemaValidators

NAMES = SchemaValidators.load().names


def cases(name: str, kind: str) -> dict[str, Any]:
    """The examples of one schema, by what they show."""
    files = (FOLDER.parent / "examples" / name / kind).glob("*.json")
    return {file.stem: orjson.loads(file.read_bytes()) for file in files}


@pytest.mark.parametrize("name", NAMES)
def test_a_component_says_what_the_file_says(name: str) -> None:
    """What is valid by one is valid by the other; how a number is written alone, no document can say."""
    whole = {**reference(name), "components": {"schemas": reached(reference(name))}}
    component = jsonschema_rs.Draft202012Validator(whole)
    valid, invalid = cases(name, "valid"), cases(name, "invalid")
    assert [case for case, document in valid.items() if not component.is_valid(document)] == []
    accepted = [case for case, example in invalid.items() if component.is_valid(example["document"])]
    assert [case for case in accepted if "written" not in case] == []


def test_what_is_ours_alone_is_left_out() -> None:
    """Neither our words for a violation nor our keyword, and no reference leads out of the document."""
    text = orjson.dumps(reached([reference(name) for name in NAMES])).decode()
    assert not any(word in text for word in ('"says"', '"literal"', '"$id"', SUFFIX))


def test_examples_are_short() -> None:
    """Those that prove a bound are not shown, and a schema without a folder has none."""
    shown = examples("chunk")
    assert "whole" in shown
    assert "longest-text" not in shown
    assert examples("nothing") == {}
