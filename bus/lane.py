"""A thread for a client whose calls block."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """One thread for blocking calls, which therefore happen one at a time and in order."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns what `call` returns on the thread. A cancelled wait does not stop the call."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))

    async def end(self, call: Callable[[], None] | None = None) -> None:
        """Makes a last call, whatever becomes of the caller, and ends the thread."""
        try:
            if call:
                await asyncio.shield(self.run(call))
        finally:
            self._pool.shutdown(wait=False)
