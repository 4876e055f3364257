"""docs/operations.md says what every alert means, and what is promised."""

import re

from dashboards.rules.document import groups
from dashboards.rules.objectives import OBJECTIVES
from dashboards.rules.rule import RUNBOOKS, Alert
from tests.fixtures.settings import ROOT

PAGE = (ROOT / RUNBOOKS).read_text(encoding="utf-8")
ALERTS = [rule for group in groups() for rule in group.rules if isinstance(rule, Alert)]


def sections() -> dict[str, str]:
    """The text of each section under "Alerts", by its anchor."""
    text = PAGE.split("\n## Alerts\n", 1)[1].split("\n## ", 1)[0]
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
    return {f"{RUNBOOKS}#{name.lower()}": body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def test_each_alert_leads_to_a_section_that_says_something() -> None:
    """In the order of the rules, and with none for alerts that there are not."""
    found = sections()
    assert [alert.runbook for alert in ALERTS] == list(found)
    assert [] == [anchor for anchor, body in found.items() if len(body) < 60]


def test_the_objectives_are_promised_in_the_same_words() -> None:
    """The table of the page and the code that Prometheus counts by."""
    for objective in OBJECTIVES:
        assert f"| {objective.name} | {100 * objective.kept:g} % {objective.good} |" in PAGE
