"""From a question to the first words of its answer, through the whole system."""

import asyncio
import time
from contextlib import aclosing

from bench.body import TIER
from bench.errors import Unmeasured
from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.indexed import until_indexed
from demo.loading import Loader
from demo.questions import FACTS
from local.system import System

WARM = 5
ANSWER_SECONDS = 60.0


async def load_library(system: System) -> None:
    """Fills the index with the demo's library.

    Raises:
        Unmeasured: Not all of it can be found in time.
    """
    corpus = Corpus.read()
    async with _client(system) as client:
        await Loader(client, home=system.home, progress=lambda *_: None).load(corpus)
        url = system.management_url("retriever")
        if not await until_indexed(client, retriever_url=url, passages=len(corpus.chunks())):
            raise Unmeasured(what="the question", reason="the library is not in the index")


async def first_deltas(system: System, *, count: int, at_once: int) -> list[float]:
    """Milliseconds from before the POST to the first `delta`, of `count` questions, so many at once.

    Each is followed to its end before the next is asked in its place.
    """
    room = asyncio.Semaphore(at_once)
    async with _client(system) as client:

        async def one(number: int) -> float:
            async with room:
                return await _in_time(client, FACTS[number % len(FACTS)].question)

        return await asyncio.gather(*map(one, range(count)))


async def _in_time(client: Client, question: str) -> float:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _first_delta(client, question)
    except TimeoutError:
        reason = f"{question!r} had no answer in {ANSWER_SECONDS:.0f} s"
        raise Unmeasured(what="the question", reason=reason) from None


async def _first_delta(client: Client, question: str) -> float:
    start, found = time.perf_counter(), 0.0
    query_id = await client.ask(question)
    async with aclosing(client.events(query_id)) as events:
        async for event in events:
            if event.name == "delta" and not found:
                found = (time.perf_counter() - start) * 1000
    if not found:
        raise Unmeasured(what="the question", reason=f"{question!r} had no delta")
    return found


def _client(system: System) -> Client:
    return Client(system.public_url, token=system.keys.signing.mint(tier=TIER, sub="bench"))
