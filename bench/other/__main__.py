"""`make bench-peer POST=URL SSE=URL PID=1,2 TOKEN=... BODY=file`: measures a gateway that somebody runs beside ours."""

import asyncio
import sys
import time
from collections.abc import Sequence

from bench.failing import EXPECTED, first
from bench.other.measure import measure
from bench.other.plan import Plan
from bench.post_rows import post_rows
from bench.row import HEAD, Row
from bench.streams.rows import stream_rows
from bench.table import plain
from runtime.limits import allow_open_files


def main(given: Sequence[str] | None = None) -> None:
    """Measures as the environment says, and prints one table."""
    plan, start = Plan.told(given), time.monotonic()
    allow_open_files()  # and every process that is started here may have as many

    def say(what: str) -> None:
        sys.stderr.write(f"bench: {time.monotonic() - start:4.0f} s  {what}\n")

    try:
        found = asyncio.run(measure(plan, say=say))
    except* EXPECTED as errors:
        sys.exit(f"bench: {first(errors)}")
    table: list[Row] = []
    if found.posts:
        table += post_rows(found.posts, rate=plan.measures.rate, to=found.to)
    if found.streams:
        table += stream_rows(found.streams, to=found.to)
    sys.stdout.write(plain(HEAD, [row.cells for row in table]))


if __name__ == "__main__":
    main()
