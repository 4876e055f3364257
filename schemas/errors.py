"""What can be wrong with schemas and with records.

```
SchemasError
├── SchemaInvalid    a schema file cannot be used: the process does not start
├── UnknownSchema    nobody wrote a schema of that name
└── Malformed        a record's body is not what its type says
```
"""

from pathlib import Path


class SchemasError(Exception):
    """Anything that this package reports."""


class SchemaInvalid(SchemasError):
    """The file is not a schema that both libraries can use."""

    def __init__(self, *, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class UnknownSchema(SchemasError):
    """There is no schema of that name."""

    def __init__(self, *, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no schema {name!r}; there are {', '.join(known)}")
        self.name = name
        self.known = known


class Malformed(SchemasError):
    """A body does not hold what its type promises. `reason` never repeats the body."""

    def __init__(self, *, what: str, reason: str) -> None:
        super().__init__(f"not a {what}: {reason}")
        self.what = what
        self.reason = reason
