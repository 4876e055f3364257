"""The chunks that are still to be sent, read from their files as they are needed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from demo.load.files import Source, read
from demo.load.journal import Journal
from demo.load.manuscript import Chunk, chunks_of, fingerprint
from demo.load.progress import Progress
from demo.load.splitting import Splitter


class Feed:
    """Holds one file at a time.

    Args:
        sources: What is to be loaded.
        visibility: Of files that do not say it themselves; `None` leaves it to the gateway.
        journal: Which chunks are in already; they are passed over.
        progress: Hears of what is passed over.
        again: Pass nothing over.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        visibility: str | None,
        journal: Journal,
        progress: Progress,
        again: bool = False,
    ) -> None:
        self._sources = sources
        self._visibility = visibility
        self._journal = journal
        self._progress = progress
        self._again = again
        self._splitter = Splitter()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """Chunk after chunk, file after file.

        Raises:
            FileUnfit: One has changed into something that cannot be loaded.
        """
        for source in self._sources:
            missing = await asyncio.to_thread(self._missing, source)
            self._progress.passed(source.size - sum(chunk.share for chunk in missing))
            for chunk in missing:
                yield chunk

    def _missing(self, source: Source) -> Sequence[Chunk]:
        content = read(source.file)
        if self._again:
            self._journal.begin_again(source.doc_id)
        now = fingerprint(content, visibility=self._visibility)
        standing = self._journal.standing(source.doc_id, fingerprint=now)
        if standing.is_in:
            return ()
        chunks = chunks_of(source, content, visibility=self._visibility, splitter=self._splitter)
        return [chunk for chunk in chunks if standing.wants(chunk.number)]
