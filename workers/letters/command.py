"""`python -m workers dead-letters list|show|redrive|drop`."""

import argparse
import asyncio
import math
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext

from bus.errors import BusError
from bus.ports import Bus, Reader
from runtime.clock import Clock, SystemClock
from runtime.settings.gateway import Gateway
from schemas.signature import Signer
from workers.letters import page
from workers.letters.desk import Desk, open_desk
from workers.letters.errors import LettersError
from workers.letters.pace import Pace
from workers.letters.place import Place, place_of
from workers.letters.revival import Revival
from workers.letters.selection import Selection, moment
from workers.letters.settling import Drop, Redrive, Say
from workers.letters.shelf import Shelf
from workers.letters.successors import Successors

Command = Callable[["Letters", argparse.Namespace], Awaitable[int]]


def add_commands(parser: argparse.ArgumentParser, add_config: Callable[[argparse.ArgumentParser], None]) -> None:
    """Puts the four commands, with their options, under `parser`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="what is not settled, the oldest first")
    listing.add_argument("--limit", type=_positive, default=None, help="at most so many")
    listing.add_argument("--json", action="store_true", help="a line of JSON each")
    listing.add_argument("--summary", action="store_true", help="how many of each topic and reason")
    show = commands.add_parser("show", help="one of them: headers and body")
    show.add_argument("place", type=_place, metavar="PARTITION:OFFSET")
    redrive = commands.add_parser("redrive", help="write them back to where they came from")
    redrive.add_argument("--rate", type=_rate, default=10.0, help="at most so many records a second; 10 by default")
    drop = commands.add_parser("drop", help="settle them without writing them back")
    for command in (redrive, drop):
        command.add_argument("places", type=_place, nargs="*", metavar="PARTITION:OFFSET")
        command.add_argument("--all", action="store_true", help="all that the filters leave")
        command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    for command, run in (
        (listing, Letters.list),
        (show, Letters.show),
        (redrive, Letters.redrive),
        (drop, Letters.drop),
    ):
        command.set_defaults(letters=run)
        add_config(command)
    for command in (listing, redrive, drop):
        _add_filters(command)


async def run(options: argparse.Namespace, *, gateway: Gateway, bus: Bus, stop: asyncio.Event) -> int:
    """Does what the command line says, and returns the exit status: 0 where nothing that was meant is left."""
    try:
        async with bus.reader() as reader:
            letters = Letters(gateway, bus=bus, reader=reader, stop=stop, clock=SystemClock())
            command: Command = options.letters
            return await command(letters, options)
    except (LettersError, BusError, _Unclear) as error:
        sys.stderr.write(f"sluice: {error}\n")
        return 1


class _Unclear(Exception):
    """The command line leaves open what is meant."""


class Letters:
    """The commands; each prints, and returns the exit status."""

    def __init__(
        self, gateway: Gateway, *, bus: Bus, reader: Reader, stop: asyncio.Event, clock: Clock, say: Say = print
    ) -> None:
        self._gateway = gateway
        self._bus = bus
        self._reader = reader
        self._stop = stop
        self._clock = clock
        self._say = say
        self._signer = Signer(*gateway.keys.record_keys)
        self._shelf = Shelf(reader, signer=self._signer)

    async def list(self, options: argparse.Namespace) -> int:
        """What is not settled."""
        letters, counts, shown = self._shelf.all(self._selection(options)), Counter[tuple[str, str]](), 0
        if not (options.json or options.summary):
            self._say(page.HEAD)
        async for letter in letters:
            if self._stop.is_set() or shown == options.limit:
                break
            shown += 1
            counts[page.kind(letter)] += 1
            if not options.summary:
                self._say(page.line(letter) if options.json else page.row(letter))
        if options.summary:
            self._say(page.summary(counts))
        return 0

    async def show(self, options: argparse.Namespace) -> int:
        """One letter."""
        letter, settled = await self._shelf.letter(options.place)
        self._say(page.whole(letter, settled=settled))
        return 0

    async def redrive(self, options: argparse.Namespace) -> int:
        """Writes letters back."""
        successors = Successors(self._reader)
        redrive = Redrive(
            self._shelf,
            revival=Revival(self._reader, signer=self._signer, topics=self._gateway.topics, successors=successors),
            successors=successors,
            pace=Pace(rate=options.rate, monotonic=self._clock.monotonic, sleep=self._sleep),
            say=self._say,
            stopped=self._stop.is_set,
        )
        selection = self._meant(options)
        async with self._desk(options) as desk:
            await redrive.run(selection, desk=desk)
        done = "would be redriven" if options.dry_run else "redriven"
        self._say(f"{redrive.tally.settled} {done}, {redrive.tally.left} left")
        return 1 if redrive.tally.left or self._stop.is_set() else 0

    async def drop(self, options: argparse.Namespace) -> int:
        """Settles letters without writing them back."""
        drop, selection = Drop(self._shelf, say=self._say, stopped=self._stop.is_set), self._meant(options)
        async with self._desk(options) as desk:
            await drop.run(selection, desk=desk)
        self._say(f"{drop.tally.settled} {'would be ' if options.dry_run else ''}dropped")
        return 1 if self._stop.is_set() else 0

    @asynccontextmanager
    async def _desk(self, options: argparse.Namespace) -> AsyncIterator[Desk | None]:
        opened = open_desk(self._bus, self._reader, signer=self._signer, clock=self._clock)
        async with nullcontext() if options.dry_run else opened as desk:
            yield desk

    async def _sleep(self, seconds: float) -> None:
        """Sleeps, but not past the moment at which it is to stop."""
        await asyncio.wait({asyncio.ensure_future(self._stop.wait())}, timeout=seconds)

    def _meant(self, options: argparse.Namespace) -> Selection:
        selection = self._selection(options)
        if selection.everything and not options.all:
            raise _Unclear("say which: PARTITION:OFFSET, a filter, or --all")
        return selection

    def _selection(self, options: argparse.Namespace) -> Selection:
        places: Sequence[Place] = getattr(options, "places", ())
        return Selection(
            topic=options.topic,
            reason=options.reason,
            key=options.key,
            user=options.user,
            tier=options.tier,
            since=self._moment(options.since),
            until=self._moment(options.until),
            places=frozenset(places) if places else None,
        )

    def _moment(self, text: str | None) -> int | None:
        try:
            return None if text is None else moment(text, now_ms=self._clock.now_ms())
        except ValueError:
            raise _Unclear(f"{text!r} is no time: 30m, 1h, 2d, or as ISO 8601 has it") from None


def _add_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--topic", help="where the record lay")
    command.add_argument("--reason", help="why it was given up")
    command.add_argument("--key", help="its key")
    command.add_argument("--user", help="on whose behalf it was written")
    command.add_argument("--tier", help="and of which tier they were")
    command.add_argument("--since", help="died at that time or later: 1h (ago), or ISO 8601")
    command.add_argument("--until", help="died before that time")


def _place(text: str) -> Place:
    try:
        return place_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0.001 <= rate <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate from 0.001 to 100000")
    return rate
