"""Groups of rules as Prometheus reads them."""

from collections.abc import Sequence
from typing import Any

import yaml

from dashboards.rules.burning import burning
from dashboards.rules.causes import causes
from dashboards.rules.rule import Alert, Group, Recorded

NOTE = "# Written by `make generate` from the code of dashboards/.\n"


def groups() -> Sequence[Group]:
    """All of them."""
    return [*burning(), *causes()]


def document(told: Sequence[Group]) -> bytes:
    """The rules file."""
    body = {"groups": [{"name": group.name, "rules": [_rule(rule) for rule in group.rules]} for group in told]}
    return (NOTE + yaml.safe_dump(body, sort_keys=False, width=1000, allow_unicode=True)).encode()


def _rule(rule: Recorded | Alert) -> dict[str, Any]:
    if isinstance(rule, Recorded):
        return {"record": rule.record, "expr": rule.expr}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        "for": rule.lasting,
        "labels": {"severity": rule.severity},
        "annotations": {"summary": rule.summary, "runbook": rule.runbook},
    }
