"""The rules as Prometheus' own tool judges them: they are well formed, and call whom they should."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.rules.burning import burning
from dashboards.rules.document import document, groups
from dashboards.rules.rule import Alert, Group
from tests.dashboards.rules.cases import CAUSES, OBJECTIVES, Case
from tests.fixtures.prometheus import promtool

FIRING = 'count by (alertname, severity) (ALERTS{alertstate="firing"})'


def unit_test(case: Case, *, interval: str) -> Mapping[str, Any]:
    """As promtool has it."""
    expected = [
        {"labels": f'{{alertname="{name}", severity="{severity}"}}', "value": 1}
        for name, severity in case.firing.items()
    ]
    return {
        "name": case.says,
        "interval": interval,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "promql_expr_test": [{"expr": FIRING, "eval_time": case.at, "exp_samples": expected}],
    }


def test_the_rules_are_well_formed(tmp_path: Path) -> None:
    """By `promtool check rules`, which knows every function and every type."""
    (tmp_path / "rules.yml").write_bytes(document(groups()))
    said = promtool("check", "rules", "rules.yml", cwd=tmp_path)
    assert f"{sum(len(group.rules) for group in groups())} rules found" in said


def judged(cases: Sequence[Case], folder: Path, *, by: Sequence[Group], interval: str = "1m") -> None:
    """Fails where promtool sees others called than a case says."""
    (folder / "rules.yml").write_bytes(document(by))
    tests = [unit_test(case, interval=interval) for case in cases]
    told = {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": tests}
    (folder / "cases.yml").write_text(yaml.safe_dump(told), encoding="utf-8")
    assert "SUCCESS" in promtool("test", "rules", "cases.yml", cwd=folder)


@pytest.mark.parametrize(("cases", "group"), [*zip(OBJECTIVES, burning(), strict=True)])
def test_a_budget_that_burns_calls_as_soon_as_it_has_to(tmp_path: Path, cases: Sequence[Case], group: Group) -> None:
    """By `promtool test rules`, from what is scraped to who is called: fast, slowly, and not at all."""
    judged(cases, tmp_path, by=[group], interval="2m")


def test_each_cause_calls_whom_it_should_and_nobody_else(tmp_path: Path) -> None:
    """The same, with all rules there are."""
    judged(CAUSES, tmp_path, by=groups())


def test_no_alert_is_without_a_case() -> None:
    """Of each it was shown that it can fire."""
    alerts = {rule.name: rule.severity for group in groups() for rule in group.rules if isinstance(rule, Alert)}
    shown: dict[str, str] = {}
    for case in (case for cases in (*OBJECTIVES, CAUSES) for case in cases):
        shown |= case.firing
    assert alerts == shown
