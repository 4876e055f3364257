"""How each profile is spoken: a question asked and its answer shown, and what a user may try next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from demo.client import Client
from demo.hints import hints
from demo.place import NATIVE, ZILLA, Place
from demo.show import Write, show
from demo.zilla import asking
from demo.zilla.hints import hints as zilla_hints
from local.system import System


class Ask(Protocol):
    """Asks, shows the answer, and tells whether it ended well."""

    def __call__(self, client: Client, question: str, *, write: Write, **more: Any) -> Awaitable[bool]:
        """Further members of the body are `more`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What differs from one profile to another."""

    ask: Ask
    hints: Callable[[System, Place], str]


async def ask(client: Client, question: str, *, write: Write, **more: Any) -> bool:
    """As `Ask`, with the answer as it streams; cancelled, it cancels the question too.

    Raises:
        ClientError: The gateway is not there, or does not take the question.
    """
    query_id = await client.ask(question, **more)
    try:
        last = await show(client.events(query_id), write=write)
    except asyncio.CancelledError:  # Ctrl-C: what nobody waits for any more is not written, nor paid for
        await client.cancel(query_id)
        raise
    return last is not None and last.name == "done"


SPEECH: Mapping[str, Speech] = {
    NATIVE.name: Speech(ask=ask, hints=hints),
    ZILLA.name: Speech(ask=asking.ask, hints=zilla_hints),
}
