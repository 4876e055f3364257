"""`python -m demo.seed URL`: brings the demo's library into a running Sluice, through its front door, and ends."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.corpus.errors import DocumentInvalid
from demo.entrance import Entrance
from demo.errors import ClientError
from demo.loading import Loader
from demo.place import Place
from demo.questions import TIERS
from local.errors import LocalError
from runtime.errors import ConfigError

LIBRARIAN = "librarian"


async def seed(url: str, *, place: Place) -> str:
    """Posts what is not in yet, and says in a line what that was.

    Raises:
        ClientError: Nothing answers, or a chunk is not taken.
        LocalError: There are no keys to mint a token with.
    """
    corpus = Corpus.read()
    entrance = Entrance.of(place, os.environ)
    token = entrance.signing.mint(tier=TIERS[-1], sub=LIBRARIAN)
    async with Client(url, token=token, certificate=entrance.certificate) as client:
        fresh = await Loader(client, home=place.home, progress=lambda *_: None).load(corpus)
    return f"the corpus is in: {len(corpus.documents)} documents, {len(corpus.chunks())} chunks, {fresh} of them new"


def main(given: Sequence[str] | None = None) -> None:
    """Loads; status 1 and one line where it cannot."""
    told = _arguments(given)
    try:
        said = asyncio.run(seed(told.url, place=Place.of(os.environ)))
    except (ClientError, LocalError, ConfigError, DocumentInvalid) as error:
        sys.exit(f"sluice: {error}")
    print(f"sluice: {said}")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.seed", description="Loads the demo's library.")
    parser.add_argument("url", help="where the gateway's clients connect")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
