"""`python -m envoy render|validate|run [gateway.yaml]`."""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence

from envoy.check import check
from envoy.command import validate
from envoy.errors import EnvoyError, EnvoyFailed
from envoy.rendered import rendered
from envoy.run import RunningEnvoy
from runtime import lifecycle
from runtime.errors import ConfigError
from runtime.settings.gateway import Gateway
from runtime.settings.load import load_with_source


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what it is told; returns 0, 1 where Envoy fails, and 2 where gateway.yaml is wrong."""
    options = _options(arguments)
    try:
        gateway = _load(options.file)
        if options.command == "run":
            return _run(gateway, file=options.file)
        bootstrap = _render(gateway)
        if options.command == "render":
            sys.stdout.write(bootstrap)
            return 0
        asyncio.run(validate(bootstrap))
    except ConfigError as error:
        return _failed(error, status=2)
    except EnvoyError as error:
        return _failed(error, status=1)
    sys.stdout.write(f"{options.file or 'gateway.yaml'}: Envoy accepts it\n")
    return 0


async def supervise(gateway: Gateway, stop: asyncio.Event, *, bootstrap: str | None = None) -> None:
    """Runs Envoy until `stop` is set.

    Raises:
        EnvoyFailed: It ended by itself.
    """
    async with RunningEnvoy(gateway, bootstrap=bootstrap) as running:
        ended, stopped = asyncio.ensure_future(running.ended()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
            if ended.done() and not stopped.done():
                raise EnvoyFailed(what=f"ended by itself with status {ended.result()}")
        finally:
            for task in (ended, stopped):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


def _render(gateway: Gateway) -> str:
    from envoy.bootstrap import render  # noqa: PLC0415  # whoever supervises Envoy must not hold what builds a bootstrap
    from ext_proc.registry import discover  # noqa: PLC0415  # as above

    return render(gateway, plugins=discover(), environ=os.environ)


def _run(gateway: Gateway, *, file: str | None) -> int:
    """One line is enough for what Envoy does; what we do wrong is logged with its place by `lifecycle.run`."""
    failures: list[EnvoyError] = []

    async def until_stopped(stop: asyncio.Event) -> None:
        try:
            await supervise(gateway, stop, bootstrap=await rendered(file))
        except EnvoyError as error:
            failures.append(error)

    lifecycle.run(until_stopped)
    return _failed(failures[0], status=1) if failures else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m envoy", description="gateway.yaml -> Envoy")
    parser.add_argument("command", choices=("render", "validate", "run"))
    parser.add_argument("file", nargs="?", help="SLUICE_CONFIG or gateway.yaml by default")
    return parser.parse_args(arguments)


def _load(file: str | None) -> Gateway:
    gateway, source = load_with_source(file)
    check(gateway, source=source)
    return gateway


def _failed(error: Exception, *, status: int) -> int:
    sys.stderr.write(f"{error}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
