"""`python -m workers embedder|retriever|generator` runs a worker; `python -m workers replay embedder` has it begin anew.

`python -m workers dead-letters` looks at what was given up, and settles it.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bus.choice import bus_for
from bus.errors import BusUnavailable, CommitLost, GroupActive
from runtime import lifecycle, logs
from runtime.settings.gateway import Gateway
from runtime.settings.load import load
from workers.app import Worker
from workers.build import STAGES
from workers.letters import command


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs what the command line says."""
    options = _parser().parse_args(arguments)
    lifecycle.run(lambda stop: options.run(options, stop))


async def _work(options: argparse.Namespace, stop: asyncio.Event) -> None:
    gateway = load(options.config)
    logs.configure(process=f"{options.stage}-{options.number}", level=gateway.log.level)
    try:
        await Worker(
            gateway, options.stage, number=options.number, bus=bus_for(gateway.kafka, gateway.kafka.clients.workers)
        ).run(stop)
    except CommitLost as error:
        sys.exit(f"sluice: {error}")


async def _replay(options: argparse.Namespace, _: asyncio.Event) -> None:
    """Forgets how far the stage has read: it embeds every chunk of the log again."""
    gateway: Gateway = load(options.config)
    logs.configure(process="replay", level=gateway.log.level)
    group = gateway.workers.embedder.group
    async with bus_for(gateway.kafka, gateway.kafka.clients.workers).admin() as admin:
        try:
            await admin.forget(group)
        except (GroupActive, BusUnavailable) as error:
            sys.exit(f"sluice: {error}")
    sys.stdout.write(f"{group} begins at the first chunk when the embedder is next started\n")


async def _dead_letters(options: argparse.Namespace, stop: asyncio.Event) -> None:
    gateway = load(options.config)
    logs.configure(process="dead-letters", level=gateway.log.level)
    status = await command.run(
        options, gateway=gateway, bus=bus_for(gateway.kafka, gateway.kafka.clients.workers), stop=stop
    )
    if status:
        sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers", description="Run one stage.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in sorted(STAGES):
        stage = commands.add_parser(name, help=f"run the {name}")
        stage.add_argument("--number", type=int, default=0, help="the how-manieth of its kind here, from 0")
        stage.set_defaults(stage=name, run=_work)
        _add_config(stage)
    replay = commands.add_parser("replay", help="have a stage, which must be stopped, begin at the start of its log")
    replay.add_argument("stage", choices=["embedder"])
    replay.set_defaults(run=_replay)
    _add_config(replay)
    letters = commands.add_parser("dead-letters", help="look at what was given up, and settle it")
    letters.set_defaults(run=_dead_letters)
    command.add_commands(letters, _add_config)
    return parser


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", help="the configuration; gateway.yaml by default")


if __name__ == "__main__":
    main()
