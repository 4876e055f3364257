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
from collections.abc import Callable

from ext_proc.exchange import Exchange

Part = Callable[[Exchange], str]

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
        self._parts = tuple(
            part
            for i in range(0, len(pieces), 3)
            for part in (_literal(pieces[i]), *([_hole(pieces[i + 1], pieces[i + 2])] if i + 1 < len(pieces) else []))
        )

    def __repr__(self) -> str:
        """As it was written."""
        return f"Template({self.text!r})"

    def fill(self, exchange: Exchange) -> str:
        """The text for one request.

        Raises:
            Unfilled: The request lacks a value.
        """
        return "".join(part(exchange) for part in self._parts)


def _literal(text: str) -> Part:
    return lambda _: text


def _hole(space: str, name: str) -> Part:
    readers: dict[str, Callable[[Exchange, str], object]] = {
        "identity": lambda exchange, name: getattr(exchange.caller(), name),
        "id": lambda exchange, name: getattr(exchange.id, name, None),
        "path": lambda exchange, name: exchange.params.get(name),
        "body": _member,
        "header": lambda exchange, name: exchange.headers.get(name),
        "extra": lambda exchange, name: exchange.extra.get(name),
        "trace": lambda exchange, _: exchange.trace_id,
    }
    allowed = {"identity": {"subject", "tier"}, "id": {"value", "key"}, "trace": {"id"}}
    if space not in readers or name not in allowed.get(space, {name}):
        msg = f"nothing fills {{{space}.{name}}}"
        raise ValueError(msg)
    reader = readers[space]

    def part(exchange: Exchange) -> str:
        value = reader(exchange, name)
        if not isinstance(value, str | int | float) or value == "":
            raise Unfilled(name=f"{space}.{name}")
        return str(value)

    return part


def _member(exchange: Exchange, name: str) -> object:
    value: object = exchange.document
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
