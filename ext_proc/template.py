"""Text with holes, filled for each request: `{body.doc_id}#{body.chunk_index}`.

| hole | is |
|---|---|
| `{identity.subject}` `{identity.tier}` | who calls |
| `{id.value}` `{id.key}` | the owned id as the client sees it, and as Kafka's key |
| `{path.name}` | a parameter of the path |
| `{body.a.b}` | a member of the parsed body, nested by dots |
| `{header.name}` | a request header |
| `{extra.name}` | what another plugin left |
| `{trace.id}` | the trace id |
"""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from ext_proc.exchange import Exchange

Read = Callable[[Exchange], object]
Hole = Callable[[Exchange], str]

_HOLE = re.compile(r"\{([a-z]+)\.([A-Za-z0-9_.-]+)\}")
_NEEDS = {"identity": "identity", "id": "id", "body": "document"}


class Unfilled(Exception):
    """A request has nothing for a hole: `name` says which."""

    def __init__(self, *, name: str) -> None:
        super().__init__(f"the request has no {name}")
        self.name = name


class Template:
    """A compiled text.

    Raises:
        ValueError: A hole that nothing can ever fill.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.needs = frozenset(_NEEDS[space] for space, _ in _HOLE.findall(text) if space in _NEEDS)
        pieces = _HOLE.split(text)
        self._start = pieces[0]
        self._rest = tuple((_hole(*pieces[i : i + 2]), pieces[i + 2]) for i in range(1, len(pieces), 3))

    def __repr__(self) -> str:
        """As it was written."""
        return f"Template({self.text!r})"

    def fill(self, exchange: Exchange) -> str:
        """The text for one request.

        Raises:
            Unfilled: The request lacks a value.
        """
        text = self._start
        for hole, literal in self._rest:
            text += hole(exchange) + literal
        return text


def _hole(space: str, name: str) -> Hole:
    if space not in _READERS or name not in _ALLOWED.get(space, {name}):
        msg = f"nothing fills {{{space}.{name}}}"
        raise ValueError(msg)
    return _filled(f"{space}.{name}", _READERS[space](name))


def _filled(full_name: str, read: Read) -> Hole:
    def hole(exchange: Exchange) -> str:
        value = read(exchange)
        if value.__class__ is str and value:
            return value
        if not isinstance(value, (str, int, float)) or value == "":
            raise Unfilled(name=full_name)
        return str(value)

    return hole


def _identity(name: str) -> Read:
    read = attrgetter(name)
    return lambda exchange: read(exchange.caller())


def _id(name: str) -> Read:
    return lambda exchange: getattr(exchange.id, name, None)


def _path(name: str) -> Read:
    return lambda exchange: exchange.params.get(name)


def _body(name: str) -> Read:
    """Nearly always a member of the document itself; else one nested by dots."""
    if "." not in name:
        return lambda exchange: exchange.document.get(name) if exchange.document is not None else None
    steps = tuple(name.split("."))
    return lambda exchange: _member(exchange.document, steps)


def _header(name: str) -> Read:
    return lambda exchange: exchange.headers.get(name)


def _extra(name: str) -> Read:
    return lambda exchange: exchange.extra.get(name)


def _trace(_: str) -> Read:
    return lambda exchange: exchange.trace_id


_READERS: Mapping[str, Callable[[str], Read]] = {
    "identity": _identity,
    "id": _id,
    "path": _path,
    "body": _body,
    "header": _header,
    "extra": _extra,
    "trace": _trace,
}
_ALLOWED = {"identity": {"subject", "tier"}, "id": {"value", "key"}, "trace": {"id"}}


def _member(value: object, steps: Sequence[str]) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
