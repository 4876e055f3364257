"""`make demo`: a whole Sluice on this machine, a corpus in it, one question as each tier, and what to try next."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress

from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.corpus.errors import DocumentInvalid
from demo.errors import ClientError
from demo.hints import hints
from demo.indexed import until_indexed
from demo.loading import Loader
from demo.place import Place
from demo.questions import DEMO_QUESTION, TIERS
from demo.screen import Screen
from demo.show import show
from local.errors import LocalError
from local.kafka.errors import LocalKafkaError
from local.ports import Ports
from local.system import System
from runtime.errors import ConfigError
from runtime.lifecycle import run

EXPECTED = (LocalError, LocalKafkaError, ClientError, ConfigError, DocumentInvalid)
"""What a user can mend: one line each, and no traceback."""


async def demo(screen: Screen, place: Place) -> None:
    """Runs until a process dies, or until it is cancelled; leaves nothing running either way.

    Raises:
        LocalError: A port is taken, a tool is missing, a process died.
    """
    corpus = Corpus.read()
    screen.say(f"starting Kafka, Envoy and the processes of Sluice; their data and logs are in {place.home}")
    ports = Ports.choose(os.environ)
    async with System(place.home, ports=ports, notice=screen.say, busy=screen.now) as system:
        watch = asyncio.create_task(system.death())
        try:
            await _until(watch, _walk(system, corpus, screen=screen))
            screen.write(hints(system, place))
            await watch
        finally:
            screen.say("stopping")
            watch.cancel()
        raise watch.result()


async def _walk(system: System, corpus: Corpus, *, screen: Screen) -> None:
    await _load(system, corpus, screen=screen)
    screen.write(f"\n{DEMO_QUESTION}\n")
    for tier in TIERS:
        screen.write(f"\n-- {tier}\n")
        async with Client(system.public_url, token=system.keys.signing.mint(tier=tier, sub="alice")) as client:
            await show(client.events(await client.ask(DEMO_QUESTION)), write=screen.write)


async def _load(system: System, corpus: Corpus, *, screen: Screen) -> None:
    token = system.keys.signing.mint(tier=TIERS[-1], sub="librarian")
    async with Client(system.public_url, token=token) as client:
        loader = Loader(client, home=system.home, progress=lambda n, of: screen.now(f"loading the corpus: {n} of {of}"))
        fresh = await loader.load(corpus)
        total = len(corpus.chunks())
        screen.now("waiting for the embedder and the index")
        found = await until_indexed(client, retriever_url=system.management_url("retriever"), passages=total)
    later = "" if found else ", but not all of it can be found yet"
    screen.say(f"the corpus is in: {len(corpus.documents)} documents, {total} chunks, {fresh} of them new{later}")


async def _until(event: asyncio.Task[LocalError], work: Coroutine[None, None, None]) -> None:
    """Does the work, and gives it up when `event` comes first, with its error."""
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.wait((event, doing), return_when=asyncio.FIRST_COMPLETED)
        if event.done():
            raise event.result()
        doing.result()
    finally:
        doing.cancel()
        with suppress(asyncio.CancelledError, *EXPECTED):
            await doing


def main() -> None:
    """Runs the demo; status 1 and one line where something is wrong that a user can mend."""
    failed: list[BaseException] = []

    async def root(stop: asyncio.Event) -> None:
        running = asyncio.create_task(demo(Screen(), Place.of(os.environ)))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            pass
        except EXPECTED as error:
            failed.append(error)

    run(root)
    if failed:
        sys.exit(f"sluice: {failed[0]}")


if __name__ == "__main__":
    main()
