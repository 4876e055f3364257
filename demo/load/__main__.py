"""`python -m demo.load FILE_OR_FOLDER...`: brings documents in, and goes on where it was cut off."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Sequence

from demo.client import Client
from demo.entrance import Entrance
from demo.errors import ClientError
from demo.load.errors import LoadError
from demo.load.feed import Feed
from demo.load.files import Source, find, read
from demo.load.journal import Journal
from demo.load.loader import RETRY, Loader
from demo.load.manuscript import chunks_of
from demo.load.options import Options
from demo.load.progress import progress_of
from demo.load.splitting import Splitter
from demo.place import Place
from local.errors import LocalError
from runtime.errors import ConfigError
from workers.retry import Backoff


async def load(options: Options, sources: Sequence[Source], client: Callable[[], Client]) -> bool:
    """Sends what is not in yet, says what came of it, and tells whether all was taken.

    Raises:
        ClientError: The gateway takes nothing.
        LoadError: Anything else that ends it early.
    """
    progress = progress_of(sum(source.size for source in sources))
    began = time.monotonic()
    with Journal(options.journal) as journal:
        feed = Feed(sources, visibility=options.visibility, journal=journal, progress=progress, again=options.again)
        loader = Loader(client, journal=journal, progress=progress, backoff=Backoff(RETRY, draw=random.random))
        try:
            await loader.load(feed.chunks())
        finally:
            progress.close()
            for line in loader.tally.lines(seconds=time.monotonic() - began):
                _say(line)
    return not loader.tally.refused


def show(options: Options, sources: Sequence[Source]) -> None:
    """Writes the lines that would be sent.

    Raises:
        LoadError: A file cannot be loaded.
    """
    splitter, count = Splitter(), 0
    for source in sources:
        for chunk in chunks_of(source, read(source.file), visibility=options.visibility, splitter=splitter):
            sys.stdout.write(chunk.line.decode())
            count += 1
    _say(f"{count} chunks of {len(sources)} files would be sent to {options.url}")


def main(given: Sequence[str] | None = None) -> None:
    """Loads as the command line says; status 1 where anything was not taken."""
    try:
        place = Place.of(os.environ)
        options = Options.told(given, place=place)
        sources = find(options.paths, prefix=options.prefix)
        if options.dry_run:
            show(options, sources)
            sys.stdout.flush()
            return
        fine = asyncio.run(load(options, sources, _clients(options, place)))
    except* (ClientError, LoadError, LocalError, ConfigError) as errors:
        sys.exit(f"sluice: {_first(errors)}")
    except* BrokenPipeError:  # whoever read what would be sent has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except* KeyboardInterrupt:
        _say("stopped; the same command goes on from here")
        sys.exit(130)  # 128 + SIGINT, as a shell would
    sys.exit(0 if fine else 1)


def _clients(options: Options, place: Place) -> Callable[[], Client]:
    if options.token:
        return lambda: Client(options.url, token=options.token)
    entrance = Entrance.of(place, os.environ)
    # A token for each upload: a load may take longer than one lives.
    return lambda: Client(
        options.url,
        token=entrance.signing.mint(tier=options.tier, sub=options.sub),
        certificate=entrance.certificate,
    )


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _say(text: str) -> None:
    sys.stderr.write(f"sluice: {text}\n")


if __name__ == "__main__":
    main()
