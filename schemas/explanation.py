"""Why a document is invalid: every violation with its pointer. The only importer of jsonschema and referencing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError, validators
from jsonschema.protocols import Validator as Checker
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from schemas.errors import SchemaInvalid
from schemas.literal import KEYWORD, is_literal
from schemas.pointer import pointer
from schemas.verdict import Patterns, Schema
from schemas.violation import Violation
from schemas.wording import words

# A body of 64 KiB can break a schema ten thousand times; nobody reads that many reasons.
MOST = 50

_UNEXPLAINED = Violation(pointer="#", detail="does not fit its schema")
_MORE = Violation(pointer="#", detail=f"has more violations than the {MOST} that are listed")


class Explanation:
    """One schema, as jsonschema sees it. Slow: 50 microseconds and more."""

    def __init__(self, schema: Schema, *, file: Path, known: Mapping[str, Schema], patterns: Patterns) -> None:
        """Checks `schema` against the metaschema; `known` are the schemas that it may refer to, by `$id`.

        Raises:
            SchemaInvalid: It is not a schema.
        """
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise SchemaInvalid(file=file, reason=f"{pointer(error.absolute_path)}: {error.message}") from error
        resources = [(id_, Resource.from_contents(content)) for id_, content in known.items()]
        self._checker = _checker_class(patterns)(
            schema,
            registry=Registry[Any]().with_resources(resources),
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )

    def violations(self, document: Any) -> Sequence[Violation]:
        """What is wrong with a document that was found invalid; never empty, each reason once, sorted by place."""
        broken = list(_broken_texts(document))
        found = broken or self._found(document)
        unique = sorted(set(found), key=lambda violation: (violation.pointer, violation.detail))
        return (*unique, _MORE) if len(found) > MOST else tuple(unique) or (_UNEXPLAINED,)

    def _found(self, document: Any) -> list[Violation]:
        found: list[Violation] = []
        try:
            found.extend(islice(self._each(document), MOST + 1))
        except (RecursionError, Unresolvable):
            # Nested deeper than Python's stack: the verdict stands, and the document need not be walked to say so.
            found.append(_UNEXPLAINED)
        return found

    def _each(self, document: Any) -> Iterator[Violation]:
        for error in self._checker.iter_errors(document):
            yield _violation(error)


def _checker_class(patterns: Patterns) -> Callable[..., Checker]:
    def pattern(_: Checker, expression: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not patterns.matches(expression, instance):
            yield ValidationError("pattern")

    keywords = {"pattern": pattern, "required": _required, KEYWORD: _literal}
    extended: Callable[..., Checker] = validators.extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    return extended


def _required(_: Checker, names: Sequence[str], instance: Any, __: Any) -> Iterator[ValidationError]:
    # jsonschema's own points at the object and names what is missing only in prose.
    if isinstance(instance, dict):
        yield from (ValidationError("required", path=[name]) for name in names if name not in instance)


def _literal(_: Checker, __: Any, instance: Any, ___: Any) -> Iterator[ValidationError]:
    if not is_literal(instance):
        yield ValidationError(KEYWORD)


def _violation(error: ValidationError) -> Violation:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    detail = words(str(error.validator), error.validator_value, schema=schema, found=error.instance)
    return Violation(pointer=pointer(error.absolute_path), detail=detail)


def _broken_texts(document: Any) -> Iterator[Violation]:
    """The texts and names with half of a surrogate pair: no UTF-8 can carry them, and no JSON parser should let them in."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*steps, name), item) for name, item in value.items())
            waiting.extend((steps, name) for name in value)
        elif isinstance(value, list):
            waiting.extend(((*steps, place), item) for place, item in enumerate(value))
        elif isinstance(value, str) and _is_broken(value):
            yield Violation(pointer=pointer(steps), detail="must be Unicode text: it holds half of a surrogate pair")


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
