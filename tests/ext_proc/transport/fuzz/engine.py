"""Fuzzing without a guide: recorded traffic and random programs, mutated, for as long as one likes."""

import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ext_proc.transport.fuzz.target import target

LENGTH = 4096
EVERY = 10.0  # seconds between two lines of report


def mutate(*, seconds: float, seeds: Path) -> int:
    """Runs for so long; prints how far it is. 1 where something did not hold, whose input is left in a file."""
    chance = random.Random(0)
    known = [seed.read_bytes() for seed in sorted(seeds.glob("*"))]
    started = reported = time.monotonic()
    for count, raw in enumerate(_inputs(chance, known), start=1):
        try:
            target(raw)
        except Exception as error:  # whatever it is, it is what was looked for
            found = Path("fuzz-failure.bin")
            found.write_bytes(raw)
            _say(f"{error!r} after {count} inputs; the input is in {found}")
            raise
        now = time.monotonic()
        if now - reported > EVERY or now - started > seconds:
            reported = now
            _say(f"{now - started:.0f} s, {count} inputs, {_rss()} MiB at most")
        if now - started > seconds:
            return 0
    return 0


def _inputs(chance: random.Random, known: list[bytes]) -> Iterator[bytes]:
    while True:
        base = bytearray(chance.choice(known)) if known and chance.random() < 0.5 else bytearray(_random(chance))
        for _ in range(chance.choice((0, 1, 2, 8, 32))):
            _change(chance, base)
        yield bytes(base[:LENGTH])


def _random(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((10, 50, 200, LENGTH)))


def _change(chance: random.Random, base: bytearray) -> None:
    at = chance.randrange(len(base) + 1)
    match chance.randrange(4):
        case 0 if at < len(base):
            base[at] = chance.randrange(256)
        case 1:
            base[at:at] = chance.randbytes(chance.randrange(1, 5))
        case 2:
            del base[at : at + chance.randrange(1, 9)]
        case _:
            source = chance.randrange(len(base) + 1)
            base[at:at] = base[source : source + chance.randrange(1, 40)]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
