"""`python -m bench.peer.sse --port 8000 --bootstrap 127.0.0.1:9092 --jwks FILE --topic TOPIC`: the service, in one process."""

import argparse
from pathlib import Path

import uvloop
from aiohttp import web

from bench.peer.caller import Verifier
from bench.peer.sse.app import Service, build
from bench.peer.sse.feed import Feed
from bench.peer.sse.hub import Hub

BACKLOG = 4096  # as Sluice's results server


def main() -> None:
    """Serves until it is told to stop."""
    told = _arguments()
    hub = Hub()
    feed = Feed(bootstrap=told.bootstrap, topic=told.topic, hub=hub)
    app = build(Service(verifier=Verifier(told.jwks.read_bytes()), hub=hub), feed=feed)
    web.run_app(
        app,
        host="127.0.0.1",
        port=told.port,
        backlog=BACKLOG,
        access_log=None,
        print=None,
        handler_cancellation=True,
        loop=uvloop.new_event_loop(),
    )


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m bench.peer.sse", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--bootstrap", required=True)
    arguments.add_argument("--jwks", type=Path, required=True)
    arguments.add_argument("--topic", required=True)
    return arguments.parse_args()


if __name__ == "__main__":
    main()
