"""How a process of ours lives: one event says stop, and everything hangs on an `async with`."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvloop

from runtime import collector
from runtime.errors import ConfigError
from runtime.limits import allow_open_files

Main = Callable[[asyncio.Event], Awaitable[None]]

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(main: Main) -> None:
    """Runs a composition root until it returns, and exits.

    `main` gets the event that is set on SIGTERM or SIGINT: it stops accepting, drains and returns.
    A `ConfigError` ends the process with status 2 and one line a problem; any other error with 1 and a log line.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_supervised(main))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except Exception:
        logging.getLogger("sluice").exception("the process ends")
        sys.exit(1)


async def _supervised(main: Main) -> None:
    stop = asyncio.Event()
    with _signals(stop):
        allow_open_files()
        collector.settle()
        await main(stop)


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
