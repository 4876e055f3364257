"""What a task is at work on, so that whatever is logged meanwhile says so."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol


class Work(Protocol):
    """A request or a record in work."""

    def facts(self) -> Mapping[str, str]:
        """How it is found again: `trace_id`, and `query_id` where there is one. Asked when a line is logged, and not before."""


AT_HAND: ContextVar[Work | None] = ContextVar("work", default=None)
"""Set once by whoever begins with it: for each request and each record there is a context of its own."""


def facts() -> Mapping[str, str]:
    """Of the work at hand; nothing where there is none."""
    work = AT_HAND.get()
    return work.facts() if work is not None else {}
