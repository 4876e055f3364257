"""`python -m demo.standin --port N`: prints its base URL as one line, and serves until it is told to stop."""

import argparse
import asyncio
import functools
from collections.abc import Sequence

from demo.standin.behaviour import Behaviour
from demo.standin.server import serve
from runtime.lifecycle import run


async def serve_until(stop: asyncio.Event, *, host: str, port: int, behaviour: Behaviour) -> None:
    """Serves until `stop` is set."""
    async with serve(host=host, port=port, behaviour=behaviour) as url:
        print(url, flush=True)
        await stop.wait()


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    default = Behaviour()
    parser = argparse.ArgumentParser(prog="python -m demo.standin", description="The stand-in model server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 is any free port")
    parser.add_argument("--first-token-delay", type=float, default=default.first_token_delay, metavar="SECONDS")
    parser.add_argument("--token-delay", type=float, default=default.token_delay, metavar="SECONDS")
    return parser.parse_args(given)


def main() -> None:
    """Runs the server as a process."""
    told = arguments()
    behaviour = Behaviour(first_token_delay=told.first_token_delay, token_delay=told.token_delay)
    run(functools.partial(serve_until, host=told.host, port=told.port, behaviour=behaviour))


if __name__ == "__main__":
    main()
