"""What stops a process at start.

```
ConfigError      the file cannot be used: says file, line, path and value
```
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the configuration. `line` counts from 1; `path` is dotted, as in `routes.0.plugins`."""

    path: str
    line: int | None
    message: str
    value: str | None = None

    def __str__(self) -> str:
        """One line, as a compiler would print it after the file's name."""
        where = f"{self.line}: " if self.line is not None else " "
        shown = f" (found {self.value})" if self.value is not None else ""
        return f"{where}{self.path}: {self.message}{shown}" if self.path else f"{where}{self.message}{shown}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has every reason found."""

    def __init__(self, *, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{file}:{problem}" for problem in problems))
        self.file = file
        self.problems = problems
