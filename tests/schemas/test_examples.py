"""The examples are the tests: each valid one passes, each invalid one is refused at exactly the places it names."""

from pathlib import Path

import orjson
import pytest

from schemas.validator import SchemaValidators

EXAMPLES = Path("schemas/examples")
VALIDATORS = SchemaValidators.load()


def examples(kind: str) -> list[str]:
    return sorted(str(file.relative_to(EXAMPLES)) for file in EXAMPLES.glob(f"*/{kind}/*.json"))


@pytest.mark.parametrize("file", examples("valid"))
def test_a_valid_example_passes(file: str) -> None:
    """A document that the contract allows has no violations."""
    schema = VALIDATORS.get(Path(file).parts[0])

    assert tuple(schema.violations(orjson.loads((EXAMPLES / file).read_bytes()))) == ()


@pytest.mark.parametrize("file", examples("invalid"))
def test_an_invalid_example_is_refused_where_it_is_wrong(file: str) -> None:
    """Every violation is found, once, and nothing beside them."""
    example = orjson.loads((EXAMPLES / file).read_bytes())

    violations = VALIDATORS.get(Path(file).parts[0]).violations(example["document"])

    assert example["pointers"] == [violation.pointer for violation in violations]


@pytest.mark.parametrize("name", VALIDATORS.names)
def test_every_schema_has_examples_of_both_kinds(name: str) -> None:
    """A schema without examples is a schema without tests."""
    assert {kind: any((EXAMPLES / name / kind).glob("*.json")) for kind in ("valid", "invalid")} == {
        "valid": True,
        "invalid": True,
    }


def test_every_folder_of_examples_has_a_schema() -> None:
    """A misspelt folder would silently test nothing."""
    assert set(VALIDATORS.names) == {folder.name for folder in EXAMPLES.iterdir()}
