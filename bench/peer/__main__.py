"""`python -m bench.peer --port 8000 --bootstrap 127.0.0.1:9092 --jwks FILE`: the service, with one worker."""

import argparse
from pathlib import Path

import uvicorn

from bench.peer.app import Peer, build
from bench.peer.caller import Verifier
from bench.peer.log import Log
from bench.peer.server import LOOP, parser
from schemas.validator import SchemaValidators

KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serves until it is told to stop."""
    told = _arguments()
    log = Log(bootstrap=told.bootstrap, topic=told.topic)
    peer = Peer(verifier=Verifier(told.jwks.read_bytes()), validator=SchemaValidators.load().get("chunk"), log=log)
    uvicorn.run(
        build(peer, log=log),
        host="127.0.0.1",
        port=told.port,
        loop=LOOP,
        http=parser(),
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m bench.peer", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--bootstrap", required=True)
    arguments.add_argument("--jwks", type=Path, required=True)
    arguments.add_argument("--topic", default="rag.chunks")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
