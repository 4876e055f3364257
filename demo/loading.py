"""Brings the corpus into a running Sluice, through its front door: only what is not in it yet."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from demo.client import Client
from demo.corpus.corpus import Corpus, fingerprint
from demo.errors import Refused

MARKER = "corpus.json"
AT_ONCE = 16
ATTEMPTS = 20
WAIT_SECONDS = 0.5

Progress = Callable[[int, int], None]


class Loader:
    """Posts chunks, and keeps in a file of the data folder which it has posted and with what content."""

    def __init__(self, client: Client, *, home: Path, progress: Progress) -> None:
        self._client = client
        self._marker = home / MARKER
        self._progress = progress
        self._room = asyncio.Semaphore(AT_ONCE)

    async def load(self, corpus: Corpus) -> int:
        """Posts what is new or changed, and returns how many that were.

        Raises:
            ClientError: The gateway does not take a chunk.
        """
        loaded = self._read()
        wanted = {f"{chunk['doc_id']}#{chunk['chunk_index']}": chunk for chunk in corpus.chunks()}
        missing = {key: chunk for key, chunk in wanted.items() if loaded.get(key) != fingerprint(chunk)}
        await self._post(missing)
        if missing:
            self._write(loaded | {key: fingerprint(chunk) for key, chunk in missing.items()})
        return len(missing)

    async def _post(self, chunks: Mapping[str, dict[str, Any]]) -> None:
        done = 0

        async def one(chunk: dict[str, Any]) -> None:
            nonlocal done
            async with self._room:
                await self._patiently(chunk)
            done += 1
            self._progress(done, len(chunks))

        await asyncio.gather(*map(one, chunks.values()))

    async def _patiently(self, chunk: dict[str, Any]) -> None:
        # Posting a chunk twice is harmless: its key decides. So what may pass is tried again.
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._client.publish(chunk)
            except Refused as error:
                if error.status not in {429, 503} or attempt == ATTEMPTS:
                    raise
                wait = WAIT_SECONDS if error.retry_after is None else error.retry_after
                await asyncio.sleep(min(wait, WAIT_SECONDS))
            else:
                return

    def _read(self) -> dict[str, str]:
        try:
            marker = orjson.loads(self._marker.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return {}  # nothing was loaded, or nobody knows: loading again is harmless
        return marker if isinstance(marker, dict) else {}

    def _write(self, loaded: Mapping[str, str]) -> None:
        aside = self._marker.with_suffix(".new")
        aside.write_bytes(orjson.dumps(loaded, option=orjson.OPT_INDENT_2))
        aside.replace(self._marker)
