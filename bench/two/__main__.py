"""`python -m bench.two`: measures two of everything, and writes docs/scaling.json and what follows from it."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

import orjson

from bench.capacity import document, tables
from bench.capacity.check import PATH
from bench.capacity.measured import Measured
from bench.failing import EXPECTED, first
from bench.two.measure import measure
from bench.two.plan import Plan


def main(given: Sequence[str] | None = None) -> None:
    """Measures as the command line says."""
    plan, start = Plan.told(given), time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"two: {time.monotonic() - start:4.0f} s  {what}\n")

    try:
        found = asyncio.run(measure(plan, say=say))
        plan.document.write_bytes(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.write(tables.checked(found, Measured.read()))
        if plan.document == PATH:
            document.write()
    except* EXPECTED as errors:
        sys.exit(f"two: {first(errors)}")


if __name__ == "__main__":
    main()
