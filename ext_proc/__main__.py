"""`python -m ext_proc serve|results|check|openapi|asyncapi|generate`."""

import argparse
import asyncio
import sys

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
    for name, text in (("openapi", "print what clients may call"), ("asyncapi", "print what is on the topics")):
        commands.add_parser(name, help=text).add_argument("config", nargs="?")
    generate = commands.add_parser("generate", help="write the JSON Schema of gateway.yaml and the references in docs/")
    generate.add_argument("--check", action="store_true", help="only say whether they are fresh")
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
        gateway, source = load_with_source(arguments.config)
        logs.configure(process=f"results-{arguments.number}", level=gateway.log.level)
        await serve(stop, gateway=gateway, source=source, number=arguments.number)

    run(root)


def _check(arguments: argparse.Namespace) -> None:
    from ext_proc.check import check  # noqa: PLC0415  # as above

    try:
        gateway = check(arguments.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(f"{gateway.name}: {len(gateway.routes)} routes, {len(gateway.topics)} topics, all in order\n")


def _describe(arguments: argparse.Namespace) -> None:
    from ext_proc.described.documents import documents  # noqa: PLC0415  # as above
    from ext_proc.registry import discover  # noqa: PLC0415  # as above

    try:
        gateway, _ = load_with_source(arguments.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    text = documents(gateway, plugins=discover())[f"/{arguments.command}.json"]
    sys.stdout.write(f"{text.decode()}\n")


def _generate(arguments: argparse.Namespace) -> None:
    from ext_proc.generated import stale, write  # noqa: PLC0415  # as above

    if not arguments.check:
        write()
    elif names := stale():
        sys.stderr.write(f"not fresh: {', '.join(names)}; run `make generate`\n")
        sys.exit(1)


_COMMANDS = {
    "serve": _serve,
    "results": _results,
    "check": _check,
    "openapi": _describe,
    "asyncapi": _describe,
    "generate": _generate,
}

if __name__ == "__main__":
    main()
