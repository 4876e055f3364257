"""`python -m bench.edge`: what each part of Envoy's configuration costs an accepted POST, by leaving it out.

Envoys stand side by side in front of one processor whose broker has always said yes, and take the same load in turn.
Each lacks one part more than the one before it, and what it costs less is what that part costs. The last has nothing but
a listener, a router and one answer: that is the floor of whatever is served through Envoy.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.address import Address
from bench.body import posts
from bench.contenders import Contender
from bench.edge.processor import ProcessorJob
from bench.edge.variants import variants
from bench.helper import Helper
from bench.job import LoadJob
from bench.slices import taken
from bench.stats import Spread
from bench.table import plain
from envoy.bootstrap import render
from envoy.run import RunningEnvoy
from ext_proc.registry import BUILT_IN
from local.commands import ENVOY, ROOT
from local.keys import Keys
from runtime.settings.gateway import Gateway
from runtime.settings.load import load_with_source

CONNECTIONS = 32
WHOLE = "nothing"
HEAD = ("left out besides", "CPU us of a POST in Envoy, least", "median", "it costs", "of the whole")

Costs = dict[str, list[float]]


async def measure(home: Path, *, seconds: float, rounds: int, rate: float | None) -> Costs:
    """CPU microseconds of a POST in each Envoy, by what it lacks, one of each round.

    Raises:
        Unmeasured: A POST was not accepted.
    """
    keys = Keys.open(home)
    keys.publish(home)
    os.environ.update({**keys.secrets, "SLUICE_HOME": str(home), "PORT": "0", "SLUICE_ADMIN_PORT": "0"})
    config = str(ROOT / "gateway.yaml")
    gateway, _ = load_with_source(config)
    bootstraps = variants(render(gateway, plugins=BUILT_IN))
    costs: Costs = {name: [] for name in bootstraps}
    async with Helper("bench.edge.processor", ProcessorJob(config=config)), AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(_envoy(gateway, home, name, bootstrap, keys=keys))
            for name, bootstrap in bootstraps.items()
        ]
        for number in range(rounds + 1):  # the first is for warming up
            for contender in found if number % 2 else reversed(found):
                job = LoadJob(
                    at=contender.at, requests=contender.requests, connections=CONNECTIONS, seconds=seconds, rate=rate
                )
                cost = (await taken(contender, job)).cpu[ENVOY]
                if number:
                    costs[contender.name].append(cost)
    return costs


@asynccontextmanager
async def _envoy(gateway: Gateway, home: Path, name: str, bootstrap: str, *, keys: Keys) -> AsyncIterator[Contender]:
    folder = home / "envoys" / name.replace(" ", "-")
    folder.mkdir(parents=True)
    async with RunningEnvoy(gateway, folder=folder, bootstrap=bootstrap, log=folder / "log") as running:
        at = Address(port=running.address[1])
        pids = {ENVOY: running.pid or 0}
        yield Contender(name=name, at=at, requests=posts(keys.signing, at=at), pids=pids)


def lines(costs: Mapping[str, list[float]]) -> list[tuple[str, ...]]:
    """The rows of the table, in the order of the variants.

    Shares are of the least of the rounds: what else the machine does can only add.
    """
    spreads = {name: Spread.of(each) for name, each in costs.items()}
    whole = before = spreads[WHOLE].low
    found: list[tuple[str, ...]] = []
    for name, spread in spreads.items():
        saved, before = before - spread.low, spread.low
        share = ("", "") if name == WHOLE else (f"{saved:.0f}", f"{saved / whole:.2f}")
        found.append((name, f"{spread.low:.0f}", f"{spread.median:.0f}", *share))
    return found


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.edge", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each slice")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--rate", type=float, help="POSTs a second; without it, each connection at once again")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-edge-") as home:
        costs = asyncio.run(measure(Path(home), seconds=told.seconds, rounds=told.rounds, rate=told.rate))
    sys.stdout.write(plain(HEAD, lines(costs)))


if __name__ == "__main__":
    main()
