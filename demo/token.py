"""`python -m demo.token --tier free --sub alice`: prints a token that the demo believes, and nothing else."""

import argparse
import os
import sys
from collections.abc import Sequence

from demo.entrance import Entrance
from demo.errors import ClientError
from demo.place import Place
from local.errors import LocalError
from local.tokens import HOUR, SCOPES
from runtime.errors import ConfigError


def main(given: Sequence[str] | None = None) -> None:
    """Prints the token; the keys are made where the demo has not run yet."""
    told = _arguments(given)
    try:
        signing = Entrance.of(Place.of(os.environ), os.environ).signing
    except (ClientError, LocalError, ConfigError) as error:
        sys.exit(f"sluice: {error}")
    print(signing.mint(tier=told.tier, sub=told.sub, scopes=told.scope.split(), ttl=told.ttl))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.token", description="Prints a token for the demo.")
    parser.add_argument("--tier", default="free", help="free, standard or enterprise")
    parser.add_argument("--sub", default="alice", help="whom it is for")
    parser.add_argument("--scope", default=" ".join(SCOPES), help="what it allows, words with spaces between")
    parser.add_argument("--ttl", type=float, default=HOUR, help="seconds that it is good for; negative: expired")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
