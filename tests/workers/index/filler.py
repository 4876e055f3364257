"""A process that fills an index and then waits to be killed: `python -m tests.workers.index.filler FOLDER`."""

import asyncio
import sys

from tests.workers.index.entries import DIMENSIONS, MODEL, edge_settings, entry
from workers.index.factory import open_index


async def fill(folder: str) -> None:
    """Saves ten passages with their positions, puts ten more in, says so, and never closes."""
    async with open_index(edge_settings(folder), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry(f"saved {n}", doc_id=f"s{n}") for n in range(10)])
        await index.save_positions({"rag.embeddings/0": 10})
        await index.upsert([entry(f"unsaved {n}", doc_id=f"u{n}") for n in range(10)])
        sys.stdout.write("filled\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1]))
