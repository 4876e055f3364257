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
from demo.indexed import until_indexed
from demo.loading import Loader
from demo.place import Place
from demo.questions import DEMO_QUESTION, TIERS
from demo.screen import Screen
from demo.speech import SPEECH, Ask
from demo.traffic.traffic import Traffic
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
    ports = Ports.choose(os.environ, public=place.profile.port)
    config = place.profile.config
    async with System(place.home, ports=ports, config=config, notice=screen.say, busy=screen.now, page=True) as system:
        watch = asyncio.create_task(system.death())
        try:
            speech = SPEECH[place.profile.name]
            await _until(watch, _walk(system, corpus, screen=screen, ask=speech.ask))
            screen.write(speech.hints(system, place))
            await (_until(watch, _loaded(system, screen=screen)) if place.loaded else watch)
        finally:
            screen.say("stopping")
            watch.cancel()
        raise watch.result()


async def _walk(system: System, corpus: Corpus, *, screen: Screen, ask: Ask) -> None:
    await _load(system, corpus, screen=screen)
    screen.write(f"\n{DEMO_QUESTION}\n")
    for tier in TIERS:
        screen.write(f"\n-- {tier}\n")
        async with _client(system, tier=tier, sub="alice") as client:
            await ask(client, DEMO_QUESTION, write=screen.write)


async def _loaded(system: System, *, screen: Screen) -> None:
    async with Traffic(system) as traffic:
        screen.say("callers come and go, well and badly behaved, until it is stopped")
        await traffic.run()


async def _load(system: System, corpus: Corpus, *, screen: Screen) -> None:
    async with _client(system, tier=TIERS[-1], sub="librarian") as client:
        loader = Loader(client, home=system.home, progress=lambda n, of: screen.now(f"loading the corpus: {n} of {of}"))
        fresh = await loader.load(corpus)
        total = len(corpus.chunks())
        screen.now("waiting for the embedder and the index")
        found = await until_indexed(client, retriever_url=system.management_url("retriever"), passages=total)
    later = "" if found else ", but not all of it can be found yet"
    screen.say(f"the corpus is in: {len(corpus.documents)} documents, {total} chunks, {fresh} of them new{later}")


def _client(system: System, *, tier: str, sub: str) -> Client:
    token = system.keys.signing.mint(tier=tier, sub=sub)
    return Client(system.public_url, token=token, certificate=system.certificate)


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
    try:
        place = Place.of(os.environ)
    except ClientError as error:
        sys.exit(f"sluice: {error}")

    async def root(stop: asyncio.Event) -> None:
        running = asyncio.create_task(demo(Screen(), place))
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
