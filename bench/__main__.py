"""`make bench`: measures Sluice beside services that do the same by usual means, prints one table and writes the report."""

import asyncio
import sys
import time
from collections.abc import Sequence

from bench import coefficients
from bench.capacity import document as capacity
from bench.errors import BenchError
from bench.figures import Figures
from bench.machine import facts
from bench.plan import DOCUMENT, PARTS, Plan
from bench.report import measured, write
from bench.row import HEAD, Row
from bench.rows import rows
from bench.run import measure
from bench.table import plain
from demo.errors import ClientError
from local.errors import LocalError
from local.kafka.errors import LocalKafkaError
from runtime.limits import allow_open_files

EXPECTED = (BenchError, ClientError, LocalError, LocalKafkaError)


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
        sys.exit(f"bench: {_first(errors)}")


def _write(plan: Plan, figures: Figures, table: Sequence[Row]) -> None:
    """The report; where all was measured, also the coefficients beside it, and what follows from them."""
    document, machine = plan.document or DOCUMENT, facts()
    write(document, measured(figures, plan, table=table, machine=machine))
    if plan.only == PARTS:
        coefficients.write(document.with_suffix(".json"), figures, machine=machine)
        if document == DOCUMENT:
            capacity.write()


def _first(error: BaseException) -> BaseException:
    """Tasks that failed together come as a group; one line is enough."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    main()
