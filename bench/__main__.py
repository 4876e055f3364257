"""`make bench`: measures Sluice beside services that do the same by usual means, prints one table and writes the report."""

import asyncio
import sys
import time
from collections.abc import Sequence

from bench import coefficients
from bench.capacity import document as capacity
from bench.failing import EXPECTED, first
from bench.figures import Figures
from bench.machine import facts
from bench.plan import DOCUMENT, PARTS, Plan
from bench.report import measured, write
from bench.row import HEAD, Row
from bench.rows import rows
from bench.run import measure
from bench.table import plain
from runtime.limits import allow_open_files


def main(given: Sequence[str] | None = None) -> None:
    """Measures as the command line says."""
    plan, start = Plan.told(given), time.monotonic()
    allow_open_files()  # and every process that is started here may have as many

    def say(what: str) -> None:
        sys.stderr.write(f"bench: {time.monotonic() - start:4.0f} s  {what}\n")

    try:
        figures = asyncio.run(measure(plan, say=say))
        table = rows(figures, plan)
        sys.stdout.write(plain(HEAD, [row.cells for row in table]))
        if plan.document:
            _write(plan, figures, table)
            say(f"{plan.document} is written")
    except* EXPECTED as errors:
        sys.exit(f"bench: {first(errors)}")


def _write(plan: Plan, figures: Figures, table: Sequence[Row]) -> None:
    """The report; where all was measured, also the coefficients beside it, and what follows from them."""
    document, machine = plan.document or DOCUMENT, facts()
    write(document, measured(figures, plan, table=table, machine=machine))
    if plan.only == PARTS:
        coefficients.write(document.with_suffix(".json"), figures, machine=machine)
        if document == DOCUMENT:
            capacity.write()


if __name__ == "__main__":
    main()
