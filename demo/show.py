"""An answer on the terminal, as it streams."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from demo.client import Event

Write = Callable[[str], None]


async def show(events: AsyncIterator[Event], *, write: Write) -> Event | None:
    """Writes text as it comes, a number for each quotation, and the sources at the end.

    Returns:
        The event that ended the answer; `None` where the stream had already ended before.
    """
    screen = _Screen(write)
    async for event in events:
        screen.take(event)
        if event.name in {"done", "error", "cancelled"}:
            return event
    return None


class _Screen:
    def __init__(self, write: Write) -> None:
        self._write = write
        self._sources: list[dict[str, Any]] = []
        self._cited: list[int] = []

    def take(self, event: Event) -> None:
        step = {
            "retrieved": self._retrieved,
            "delta": self._delta,
            "citation": self._citation,
            "reset": self._reset,
            "done": self._done,
            "error": self._error,
            "cancelled": self._cancelled,
        }.get(event.name)
        if step:
            step(event.data)

    def _retrieved(self, data: dict[str, Any]) -> None:
        self._sources = list(data["sources"])

    def _delta(self, data: dict[str, Any]) -> None:
        self._write(data["text"])

    def _citation(self, data: dict[str, Any]) -> None:
        numbers = (n for n, source in enumerate(self._sources, start=1) if _place(source) == _place(data))
        number = next(numbers, 0)
        if number and number not in self._cited:
            self._cited.append(number)

    def _reset(self, data: dict[str, Any]) -> None:
        self._cited.clear()
        self._write("\n(the answer starts again)\n")

    def _done(self, data: dict[str, Any]) -> None:
        self._write("\n")
        for number, source in enumerate(self._sources, start=1):
            mark = "*" if number in self._cited else " "
            self._write(f"  {mark} {source['doc_id']}#{source['chunk_index']}  {source['source_url'] or ''}\n")
        model = data["model"] or "no model was asked"
        self._write(f"    {model}, {data['latency_ms']} ms, {data['token_usage']['total_tokens']} tokens\n")

    def _cancelled(self, data: dict[str, Any]) -> None:
        about = "about " if data["estimated"] else ""
        self._write(f"\n(cancelled, after {about}{data['token_usage']['total_tokens']} tokens)\n")

    def _error(self, data: dict[str, Any]) -> None:
        self._write(f"\n{data['title']}: {data['detail']}\n")


def _place(source: dict[str, Any]) -> tuple[str, int]:
    return source["doc_id"], source["chunk_index"]
