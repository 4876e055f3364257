"""A real Prometheus looks at a system under a mixed load: nothing that a board or a rule asks for is missing."""

import asyncio
from pathlib import Path

import pytest

from dashboards.catalogue import boards
from dashboards.local import LocalPrometheus
from dashboards.promql import WINDOW
from dashboards.rules.document import groups
from dashboards.rules.rule import Alert
from demo.traffic.traffic import Traffic
from local.system import System
from tests.fixtures.prometheus import Prometheus, prometheus

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.envoy, pytest.mark.timeout(300)]

ROUNDS, LOOKS, SCRAPE = 8, 7, 1.0


def asked() -> dict[str, str]:
    """Every query of a panel and every signal and record of a rule, by what wants it."""
    panels = {
        f"{board.name}: {panel.title} {query.legend}": query.expr
        for board in boards()
        for panel in board.panels()
        for query in panel.queries
    }
    rules = [rule for group in groups() for rule in group.rules]
    alerts = [rule for rule in rules if isinstance(rule, Alert)]
    signals = {
        f"{alert.name}: {condition.signal}": condition.signal
        for alert in alerts
        for way in alert.any_of
        for condition in way
    }
    records = {rule.record: rule.record for rule in rules if not isinstance(rule, Alert)}
    return {what: sincere(expr) for what, expr in (panels | signals | records).items()}


def sincere(expr: str) -> str:
    """The query over a time in which something has happened, and without what is shown where it gives nothing."""
    return expr.replace(WINDOW, "1m").removesuffix(" or vector(0)")


async def missing(told: Prometheus, queries: dict[str, str]) -> dict[str, str]:
    """Those that give nothing."""
    return {what: expr for what, expr in queries.items() if not await told.values(expr)}


async def seen(told: Prometheus, queries: dict[str, str]) -> dict[str, str]:
    """Those that still give nothing once what has happened was scraped; Envoy sums its histograms up every five seconds."""
    for _ in range(LOOKS):
        queries = await missing(told, queries)
        if not queries:
            break
        await asyncio.sleep(SCRAPE)
    return queries


async def test_every_panel_and_every_rule_has_data_under_the_demos_load(system: System, tmp_path: Path) -> None:
    """Rounds of the demo's traffic pass until each query has given a number, or there were enough."""
    scraping = LocalPrometheus.of({}, gateway=system.gateway, seconds=SCRAPE)
    left = asked()
    async with prometheus(scraping, tmp_path) as watching, Traffic(system) as traffic:
        for _ in range(ROUNDS):
            await traffic.round()
            left = await seen(watching, left)
            if not left:
                break
        assert {} == left
        assert [] == await watching.unhealthy_rules()
        assert len(await watching.rules()) == sum(len(group.rules) for group in groups())
        assert [1.0] == await watching.values("min(up)")
        assert not traffic.failed, traffic.failed
