"""docs/performance.md: the measured part is replaced by every run, what people wrote around it stays."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.errors import DocumentUnmarked
from bench.figures import Figures
from bench.plan import Plan
from bench.row import HEAD, Row
from bench.table import markdown

START, END = "<!-- measured: replaced by `make bench` -->\n", "<!-- end of what was measured -->\n"


def measured(figures: Figures, plan: Plan, *, table: Sequence[Row], machine: Mapping[str, str]) -> str:
    """The part that is replaced."""
    before, after = figures.load
    judged = [row.verdict for row in table if row.verdict]
    return (
        f"Every figure of this table: `{command(plan)}`\n\n"
        + markdown(HEAD, [row.cells for row in table])
        + f"\n{plan.rounds} rounds of {plan.seconds:g} s each for POSTs, {plan.turns} for what else has contenders, which take turns;"
        " the median of the rounds, and the lowest and the highest of them.\n"
        f"Of {len(judged)} expectations {judged.count('held')} held.\n"
        f"The load average was {before:.1f} before the run and {after:.1f} after it.\n\n"
        + markdown(("measured on", ""), list(machine.items()))
    )


def command(plan: Plan) -> str:
    """What to type for the same run."""
    whole = Plan()
    if (plan.seconds, plan.rounds) == (whole.seconds, whole.rounds):
        return "make bench"
    return f"BENCH_SECONDS={plan.seconds:g} BENCH_ROUNDS={plan.rounds} make bench"


def write(document: Path, content: str) -> None:
    """Replaces the measured part of the document, which is made where there is none.

    Raises:
        DocumentUnmarked: There is a document, and it does not say where its measured part is.
    """
    text = document.read_text(encoding="utf-8") if document.exists() else f"# Performance\n\n{START}{END}"
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end:
        raise DocumentUnmarked(document=document)
    document.write_text(f"{head}{START}\n{content}\n{END}{tail}", encoding="utf-8")
