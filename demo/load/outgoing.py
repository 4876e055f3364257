"""What is sent and what is not, and what has had no receipt yet."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

from demo.load.manuscript import Chunk

AHEAD = 256
"""Chunks that are ready to be sent, at most; past that no file is read."""

UNHEARD = 2000
"""Chunks that are sent and have had no receipt, at most; past that nothing is sent. The gateway allows half as many."""

BLOCK = 64 * 1024
"""Bytes that are handed to the socket at once, about."""


class Outgoing:
    """Gives one upload after another what it is to send. Receipts come in the order of what was sent."""

    def __init__(self, *, ahead: int = AHEAD, unheard: int = UNHEARD) -> None:
        self._ready: asyncio.Queue[Chunk | None] = asyncio.Queue(ahead)
        self._first: deque[Chunk] = deque()
        self._unheard: deque[Chunk] = deque()
        self._most = unheard
        self._room = asyncio.Event()
        self._ended = False

    @property
    def unheard(self) -> int:
        """Chunks that are sent and have had no receipt."""
        return len(self._unheard)

    async def fill(self, chunks: AsyncIterator[Chunk]) -> None:
        """Takes all chunks, as there is room for them.

        This is a task of its own: an upload that is broken off in the middle must not break off a file.
        """
        async for chunk in chunks:
            await self._ready.put(chunk)
        await self._ready.put(None)

    async def has_more(self) -> bool:
        """Whether anything is left to be sent; waits until that is known."""
        if not self._first and (chunk := await self._next()):
            self._first.append(chunk)
        return bool(self._first)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The body of an upload. Whatever was given out counts as sent."""
        while await self.has_more():
            while len(self._unheard) >= self._most:
                self._room.clear()
                await self._room.wait()
            yield self._block()

    def heard(self) -> Chunk:
        """The chunk that the next receipt is for.

        Raises:
            IndexError: All that was sent has had one.
        """
        chunk = self._unheard.popleft()
        self._room.set()
        return chunk

    def cut(self) -> None:
        """The upload is over: what has had no receipt comes first in the next one."""
        self._first.extendleft(reversed(self._unheard))
        self._unheard.clear()
        self._room.set()

    def _block(self) -> bytes:
        lines, size = list[bytes](), 0
        while size < BLOCK and len(self._unheard) < self._most and (chunk := self._at_hand()):
            self._unheard.append(chunk)
            lines.append(chunk.line)
            size += len(chunk.line)
        return b"".join(lines)

    def _at_hand(self) -> Chunk | None:
        if self._first:
            return self._first.popleft()
        if self._ended or self._ready.empty():
            return None
        return self._taken(self._ready.get_nowait())

    async def _next(self) -> Chunk | None:
        return None if self._ended else self._taken(await self._ready.get())

    def _taken(self, chunk: Chunk | None) -> Chunk | None:
        self._ended = chunk is None
        return chunk
