"""`python -m bench.scale.embedding`: what the local model spends on a text that comes right after another, and on one that does not.

The model takes one text a call in either case. After a pause it finds its weights, 90 MB, out of the caches, and the
threads that share its arithmetic asleep.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from demo.corpus.corpus import Corpus
from workers.models.local import open_local
from workers.ports import Embedder

PAUSES = (0.0, 0.2)


async def spent(embedder: Embedder, texts: Sequence[str], *, pause: float) -> float:
    """CPU seconds of this process for each text, with a pause after each."""
    before = time.process_time()
    for text in texts:
        await embedder.embed([text])
        await asyncio.sleep(pause)
    return (time.process_time() - before) / len(texts)


async def measure(count: int, *, pauses: Sequence[float] = PAUSES) -> None:
    """Prints a line for each pause, after a call to warm up."""
    texts = [chunk["text"] for chunk in Corpus.read().chunks()][:count]
    async with open_local() as embedder:
        await embedder.embed(texts[:1])
        for pause in pauses:
            each = 1000 * await spent(embedder, texts, pause=pause)
            sys.stdout.write(f"{len(texts)} texts, {pause:g} s after each: {each:.1f} ms of CPU each\n")


def main(given: Sequence[str] | None = None) -> None:
    """Measures as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale.embedding", description=__doc__)
    parser.add_argument("--texts", type=int, default=40)
    asyncio.run(measure(parser.parse_args(given).texts))


if __name__ == "__main__":
    main()
