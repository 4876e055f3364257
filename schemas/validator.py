"""Documents against their JSON Schemas: jsonschema-rs decides, jsonschema explains."""

from collections.abc import Sequence
from typing import Any, Protocol

from schemas.violation import Violation


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
