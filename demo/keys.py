"""`python -m demo.keys FOLDER`: makes the demo's keys where there are none, and publishes the public half for a gateway.

For deployments whose parts share no data folder: the signing key stays in `SLUICE_HOME`, with whoever mints tokens, and a
gateway that has `SLUICE_HOME=FOLDER` finds the JWKS where gateway.yaml looks for it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.errors import ClientError
from demo.place import Place
from local.errors import LocalError
from local.keys import BROUGHT, FOLDER, JWKS, Keys
from local.tokens import Issuer
from runtime.errors import ConfigError
from runtime.settings.load import load


def main(given: Sequence[str] | None = None) -> None:
    """Makes what is missing, publishes, and says where; status 1 and one line where it cannot."""
    told = _arguments(given)
    try:
        place = Place.of(os.environ)
        keys = Keys.open(place.home, brought=os.environ.get(BROUGHT))
        gateway = load(place.profile.config, environ={**os.environ, **keys.secrets})
        (told.folder / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
        keys.speaking_for(Issuer.of(gateway.identity.issuers[0])).publish(told.folder)
    except (ClientError, LocalError, ConfigError, OSError) as error:
        sys.exit(f"sluice: {error}")
    print(f"sluice: the demo's public key is in {told.folder / FOLDER / JWKS}")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.keys", description="Publishes the demo's public key.")
    parser.add_argument("folder", type=Path, help="the SLUICE_HOME of the gateway that is to believe it")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
