"""The rules as Prometheus' own tool judges them: they are well formed, and call whom they should."""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

from dashboards.rules.document import document, groups
from dashboards.rules.rule import Alert
from tests.dashboards.rules.cases import CAUSES, OBJECTIVES, Case
from tests.fixtures.prometheus import promtool

FIRING = 'count by (alertname, severity) (ALERTS{alertstate="firing"})'
CASES = [*OBJECTIVES, *CAUSES]


def unit_test(case: Case) -> Mapping[str, Any]:
    """As promtool has it."""
    expected = [
        {"labels": f'{{alertname="{name}", severity="{severity}"}}', "value": 1}
        for name, severity in case.firing.items()
    ]
    return {
        "name": case.says,
        "interval": case.every,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "promql_expr_test": [{"expr": FIRING, "eval_time": case.at, "exp_samples": expected}],
    }


def test_the_rules_are_well_formed(tmp_path: Path) -> None:
    """By `promtool check rules`, which knows every function and every type."""
    (tmp_path / "rules.yml").write_bytes(document(groups()))
    said = promtool("check", "rules", "rules.yml", cwd=tmp_path)
    assert f"{sum(len(group.rules) for group in groups())} rules found" in said


def test_each_alert_fires_when_it_should_and_no_other_does(tmp_path: Path) -> None:
    """By `promtool test rules`: what is scraped, and exactly who is called then."""
    (tmp_path / "rules.yml").write_bytes(document(groups()))
    for every, cases in groupby(sorted(CASES, key=attrgetter("every")), key=attrgetter("every")):
        tests = [unit_test(case) for case in cases]
        told = {"rule_files": ["rules.yml"], "evaluation_interval": every, "tests": tests}
        (tmp_path / "cases.yml").write_text(yaml.safe_dump(told), encoding="utf-8")
        assert "SUCCESS" in promtool("test", "rules", "cases.yml", cwd=tmp_path)


def test_no_alert_is_without_a_case() -> None:
    """Of each it was shown that it can fire."""
    alerts = {rule.name: rule.severity for group in groups() for rule in group.rules if isinstance(rule, Alert)}
    shown: dict[str, str] = {}
    for case in CASES:
        shown |= case.firing
    assert alerts == shown
