"""`make chaos`: rounds of harm to a whole system under load, then a report; status 1 where something does not add up."""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.harm import inflict_all
from tests.chaos.outage import outage
from tests.chaos.plan import plan
from tests.chaos.report import Report
from tests.chaos.rig import crew, rig
from tests.chaos.run import Settings, run

APART = 3.0  # seconds between rounds


def main() -> None:
    """Runs what the command line says."""
    options = _parser().parse_args()
    reports = asyncio.run(_run(options))
    sys.exit(any(report.violations for report in reports))


async def _run(options: argparse.Namespace) -> list[Report]:
    seed = random.SystemRandom().randrange(10_000) if options.seed is None else options.seed
    rounds = plan(seed, options.rounds, crew())
    settings = Settings(seed=seed, rounds=rounds, per_second=options.rate, idempotent=options.keys == "yes")
    home = Path(tempfile.mkdtemp(prefix="chaos-"))
    _say(f"seed {seed}; logs and data stay in {home}")
    reports: list[Report] = []
    async with rig(home) as system:
        if rounds:
            reports.append(await run(system, settings, lambda: inflict_all(system, rounds, apart=APART, notice=_say)))
            _say(str(reports[-1]))
        if options.outage:
            reports.append(await outage(system, settings, seconds=options.outage))
            _say(str(reports[-1]))
    return reports


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break a system, and account for all.")
    parser.add_argument("--seed", type=int, help="chooses victims and clients; by default any, which is printed")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--rate", type=float, default=4.0, help="exchanges that clients begin a second")
    parser.add_argument(
        "--outage", type=float, default=60.0, help="seconds without a broker, after the rounds; 0: none"
    )
    parser.add_argument(
        "--keys", choices=("yes", "no"), default="yes", help="whether Idempotency-Key is to promise something"
    )
    return parser


if __name__ == "__main__":
    main()
