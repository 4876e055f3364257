"""Documents against their JSON Schemas: jsonschema-rs decides, jsonschema explains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import orjson

from schemas.errors import SchemaInvalid, UnknownSchema
from schemas.explanation import Explanation
from schemas.verdict import Patterns, Schema, Verdict
from schemas.violation import Violation

FOLDER = Path(__file__).parent / "json"
SUFFIX = ".schema.json"


class Validator(Protocol):
    """One schema."""

    def violations(self, document: Any) -> Sequence[Violation]:
        """Everything wrong with a parsed document; empty where it is valid."""


class Validators(Protocol):
    """All schemas, compiled at start."""

    def get(self, name: str) -> Validator:
        """The schema of that name (`chunk`, `query`).

        Raises:
            UnknownSchema: There is none.
        """


class SchemaValidator:
    """One schema in both libraries. The verdict alone decides; where no reason is found, `#` still says no."""

    def __init__(self, *, verdict: Verdict, explanation: Explanation) -> None:
        self._verdict = verdict
        self._explanation = explanation

    def violations(self, document: Any) -> Sequence[Violation]:
        """Everything wrong with a parsed document; empty where it is valid."""
        return () if self._verdict.accepts(document) else self._explanation.violations(document)


class SchemaValidators:
    """The schemas of a folder, by name: `chunk.schema.json` is `chunk`."""

    def __init__(self, validators: Mapping[str, SchemaValidator]) -> None:
        self._validators = validators

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Reads, checks and compiles every `*.schema.json`; one that only has `$defs` serves the others.

        Raises:
            SchemaInvalid: One is not JSON or not a schema; says which file and why.
        """
        files = {file: _read(file) for file in sorted(folder.glob(f"*{SUFFIX}"))}
        known = {schema["$id"]: schema for schema in files.values()}
        patterns = Patterns()
        return cls(
            {
                file.name.removesuffix(SUFFIX): SchemaValidator(
                    explanation=Explanation(schema, file=file, known=known, patterns=patterns),
                    verdict=Verdict(schema, file=file, known=known),
                )
                for file, schema in files.items()
                if _describes_documents(schema)
            }
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, sorted."""
        return tuple(sorted(self._validators))

    def get(self, name: str) -> SchemaValidator:
        """The schema of that name.

        Raises:
            UnknownSchema: There is none.
        """
        try:
            return self._validators[name]
        except KeyError:
            raise UnknownSchema(name=name, known=self.names) from None


def _read(file: Path) -> Schema:
    try:
        schema = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SchemaInvalid(file=file, reason=f"cannot be read as JSON: {error}") from error
    if not isinstance(schema, dict) or not isinstance(schema.get("$id"), str):
        raise SchemaInvalid(file=file, reason="needs an object with $id, by which other schemas refer to it")
    return schema


def _describes_documents(schema: Schema) -> bool:
    # By its name `common` would accept everything; a route that asks for it must fail at start.
    return bool(schema.keys() & {"type", "$ref"})
