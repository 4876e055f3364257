"""docs/scaling.md: its tables are computed from docs/performance.json, and stand between marks that name them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.capacity import tables
from bench.capacity.check import Check
from bench.capacity.demand import Assumptions
from bench.capacity.measured import Measured
from local.commands import ROOT

PATH = ROOT / "docs" / "scaling.md"

_PART = re.compile(r"(<!-- computed: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def filled(text: str, measured: Measured, *, check: Check | None, assumed: Assumptions | None = None) -> str:
    """The text with every table as it has to be now."""
    made = _tables(measured, check, assumed or Assumptions())
    return _PART.sub(lambda found: f"{found[1]}\n{made[found[2]]()}\n{found[3]}", text)


def fresh(path: Path = PATH) -> bool:
    """Whether the document holds what its tables have to be."""
    text = path.read_text(encoding="utf-8")
    return text == filled(text, Measured.read(), check=Check.read())


def write(path: Path = PATH) -> None:
    """Fills the document's tables."""
    text = path.read_text(encoding="utf-8")
    path.write_text(filled(text, Measured.read(), check=Check.read()), encoding="utf-8")


def _tables(measured: Measured, check: Check | None, assumed: Assumptions) -> Mapping[str, Callable[[], str]]:
    return {
        "assumptions": lambda: tables.assumptions(assumed),
        "first": lambda: tables.first(measured, assumed),
        "queries": lambda: tables.queries(measured, assumed),
        "streams": lambda: tables.streams(measured, assumed),
        "machine": lambda: tables.machine(measured),
        "check": lambda: tables.checked(check, measured) if check else "Not measured yet: `python -m bench.two`.\n",
    }
