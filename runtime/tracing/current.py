"""The work that a task is doing, for what it calls without telling it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from runtime.tracing.span import NONE, UNTRACED, Attributes, Kind, Span, lasting

_CURRENT: ContextVar[Span] = ContextVar("span", default=UNTRACED)


def current() -> Span:
    """The innermost span of this task."""
    return _CURRENT.get()


@contextmanager
def within(span: Span) -> Iterator[Span]:
    """What happens in the context is part of the span, which ends with it."""
    token = _CURRENT.set(span)
    try:
        with lasting(span):
            yield span
    finally:
        _CURRENT.reset(token)


@contextmanager
def step(name: str, *, kind: Kind = "internal", attributes: Attributes = NONE) -> Iterator[Span]:
    """What happens in the context is a part of the work at hand, by that name; nothing where that is not recorded."""
    outer = _CURRENT.get()
    if not outer.recording:
        yield outer
        return
    with within(outer.child(name, kind=kind, attributes=attributes)) as span:
        yield span
