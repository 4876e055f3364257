"""`python -m demo.ask --tier standard "How ...?"`: asks the running demo and shows the answer as it streams."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from demo.entrance import Entrance
from demo.errors import ClientError
from demo.place import Place
from demo.speech import SPEECH
from local.errors import LocalError
from runtime.errors import ConfigError


async def ask(question: str, *, tier: str, sub: str, place: Place, top_k: int | None = None) -> bool:
    """Asks, shows the answer, and tells whether it ended well.

    Raises:
        ClientError: The demo is not there, or does not take the question.
        LocalError: There are no keys.
        ConfigError: What the demo declares is not a configuration.
    """
    more = {} if top_k is None else {"top_k": top_k}
    async with Entrance.of(place, os.environ).client(tier=tier, sub=sub) as client:
        return await SPEECH[place.profile.name].ask(client, question, write=_write, **more)


def main(given: Sequence[str] | None = None) -> None:
    """Reads the command line and asks; status 1 where there was no answer."""
    told = _arguments(given)
    question = " ".join(told.question)
    try:
        fine = asyncio.run(ask(question, tier=told.tier, sub=told.sub, place=Place.of(os.environ), top_k=told.top_k))
    except (ClientError, LocalError, ConfigError) as error:
        sys.exit(f"sluice: {error}")
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell would
    sys.exit(0 if fine else 1)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.ask", description="Asks the running demo.")
    parser.add_argument("--tier", default="free", help="free, standard or enterprise")
    parser.add_argument("--sub", default="alice", help="who asks")
    parser.add_argument("--top-k", type=int, help="how many passages to answer from")
    parser.add_argument("question", nargs="+")
    return parser.parse_args(given)


def _write(text: str) -> None:
    print(text, end="", flush=True)


if __name__ == "__main__":
    main()
