"""`python -m workers embedder|retriever|generator` runs a worker; `python -m workers replay embedder` has it begin anew."""

import argparse
import asyncio
from collections.abc import Sequence

from bus.kafka.bus import KafkaBus
from runtime import lifecycle, logs
from runtime.settings.load import load
from workers.app import Worker
from workers.build import STAGES


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs what the command line says."""
    options = _parser().parse_args(arguments)
    lifecycle.run(lambda stop: _run(options, stop))


async def _run(options: argparse.Namespace, stop: asyncio.Event) -> None:
    gateway = load(options.config)
    logs.configure(process=f"{options.stage}-{options.number}", level=gateway.log.level)
    await Worker(gateway, options.stage, number=options.number, bus=KafkaBus(gateway.kafka)).run(stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers", description="Run one stage.")
    parser.add_argument("stage", choices=sorted(STAGES))
    parser.add_argument("--config", help="the configuration; gateway.yaml by default")
    parser.add_argument("--number", type=int, default=0, help="the how-manieth of its kind here, from 0")
    return parser


if __name__ == "__main__":
    main()
