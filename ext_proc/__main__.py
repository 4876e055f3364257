"""`python -m ext_proc serve|results|check|schema`."""

import argparse
import asyncio
import sys
from pathlib import Path

from runtime import logs
from runtime.errors import ConfigError
from runtime.lifecycle import run
from runtime.settings.load import load_with_source


def main() -> None:
    """Reads the command line and runs what it names."""
    parser = argparse.ArgumentParser(prog="python -m ext_proc", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("serve", "run a processor"), ("results", "run a results server")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--config", help="gateway.yaml by default")
        command.add_argument("--number", type=int, default=0, help="which of its kind this process is, from 0")
    check = commands.add_parser("check", help="say whether a configuration can be used")
    check.add_argument("config", nargs="?")
    schema = commands.add_parser("schema", help="write the JSON Schema of gateway.yaml")
    schema.add_argument("--check", action="store_true", help="only say whether it is fresh")
    arguments = parser.parse_args()
    _COMMANDS[arguments.command](arguments)


def _serve(arguments: argparse.Namespace) -> None:
    from ext_proc.app import serve  # noqa: PLC0415  # a results server must not pay for gRPC, nor the other way round

    async def root(stop: asyncio.Event) -> None:
        gateway, source = load_with_source(arguments.config)
        logs.configure(process=f"processor-{arguments.number}", level=gateway.log.level)
        await serve(stop, gateway=gateway, source=source, number=arguments.number)

    run(root)


def _results(arguments: argparse.Namespace) -> None:
    from ext_proc.results.app import serve  # noqa: PLC0415  # as above

    async def root(stop: asyncio.Event) -> None:
        gateway, _ = load_with_source(arguments.config)
        logs.configure(process=f"results-{arguments.number}", level=gateway.log.level)
        await serve(stop, gateway=gateway, number=arguments.number)

    run(root)


def _check(arguments: argparse.Namespace) -> None:
    from ext_proc.check import check  # noqa: PLC0415  # as above

    try:
        gateway = check(arguments.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(f"{gateway.name}: {len(gateway.routes)} routes, {len(gateway.topics)} topics, all in order\n")


def _schema(arguments: argparse.Namespace) -> None:
    from ext_proc.check import SCHEMA_FILE, config_schema, is_fresh  # noqa: PLC0415  # as above

    if not arguments.check:
        Path(SCHEMA_FILE).write_bytes(config_schema())
    elif not is_fresh():
        sys.stderr.write(f"{SCHEMA_FILE} is not fresh: run `make generate`\n")
        sys.exit(1)


_COMMANDS = {"serve": _serve, "results": _results, "check": _check, "schema": _schema}

if __name__ == "__main__":
    main()
