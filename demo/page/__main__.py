"""`python -m demo.page --port N`: serves what stands behind the demo's web page until it is told to stop."""

import argparse
import asyncio
import os
from collections.abc import Sequence

from demo.page.app import serve
from demo.page.walkthrough.document import document
from demo.place import Place
from runtime import logs
from runtime.lifecycle import run
from runtime.settings.load import load


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.page", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--name", action="append", default=[], help="a name that browsers may call it by, with dots in it"
    )
    parser.add_argument(
        "--token-command",
        metavar="COMMAND",
        help="what the walkthrough's commands print tokens with, where make does not know the keys",
    )
    return parser.parse_args(given)


def main() -> None:
    """Runs the server as a process."""
    told = arguments()

    async def root(stop: asyncio.Event) -> None:
        gateway = load()
        logs.configure(process="page", level=gateway.log.level)
        place = Place.of(os.environ)
        guide = document(place, token_command=told.token_command)
        await serve(
            stop, gateway=gateway, environ=os.environ, host=told.host, port=told.port, guide=guide, names=told.name
        )

    run(root)


if __name__ == "__main__":
    main()
