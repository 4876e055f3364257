"""The boards ask for metrics that there are, and come out of the builder whole."""

import json
import re

import pytest

from dashboards.board import Board, Query
from dashboards.catalogue import boards
from dashboards.drawing import drawn
from dashboards.rules.document import groups
from dashboards.rules.objectives import ACCEPTED_ROUTES, OBJECTIVES
from dashboards.rules.rule import Alert
from runtime.metrics import described
from runtime.metrics.bounds import FAST, SLOW
from tests.fixtures.settings import declared

OURS = re.compile(r"\b((?:gateway|worker|gen_ai_client)_\w+)")
ENDINGS = ("", "_bucket", "_count", "_sum")
BOARDS = pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)


def known() -> set[str]:
    """Every name under which a metric of ours is scraped."""
    return {
        metric.name + ending for metric in described() for ending in (ENDINGS if metric.kind == "histogram" else ("",))
    }


def labels() -> set[str]:
    """The labels of metrics of ours, some of which begin as metrics do."""
    return {label for metric in described() for label in metric.labels}


def unknown(expr: str) -> set[str]:
    """What a query asks for and nobody counts."""
    return set(OURS.findall(expr)) - known() - labels()


@BOARDS
def test_every_metric_of_ours_in_a_board_is_counted_somewhere(board: Board) -> None:
    """A metric that is renamed takes its panels with it."""
    assert {} == {
        panel.title: unknown(query.expr) for panel in board.panels() for query in panel.queries if unknown(query.expr)
    }


def test_every_metric_of_ours_in_a_rule_is_counted_somewhere() -> None:
    """A metric that is renamed takes its rules with it."""
    assert {} == {rule.expr: unknown(rule.expr) for group in groups() for rule in group.rules if unknown(rule.expr)}


def test_every_metric_of_ours_is_on_a_board_or_in_a_rule() -> None:
    """What is worth counting is worth looking at."""
    asked = [query.expr for board in boards() for panel in board.panels() for query in panel.queries]
    asked += [rule.expr for group in groups() for rule in group.rules]
    text = " ".join(asked)
    assert [] == [metric.name for metric in described() if metric.name not in text]


def test_limits_of_objectives_are_bounds_of_their_histograms() -> None:
    """Between two bounds nothing is known."""
    bounds = {str(bound) for bound in (*FAST, *SLOW)}
    asked = {bound for objective in OBJECTIVES for bound in re.findall(r'le="([^"]+)"', objective.bad)}
    assert asked
    assert asked <= bounds


def test_the_routes_of_the_acceptance_objective_are_declared() -> None:
    """By gateway.yaml; a deployment with other routes names them in dashboards/rules/objectives.py."""
    assert set(ACCEPTED_ROUTES) <= {route.name for route in declared()[0].routes}


@BOARDS
def test_the_drawing_holds_every_query_once_and_no_panel_covers_another(board: Board) -> None:
    """What Grafana is given, read back."""
    page = json.loads(drawn(board))
    assert (f"sluice-{board.name}", board.title) == (page["uid"], page["title"])
    panels = [panel for panel in page["panels"] if panel["type"] != "row"]
    asked = [Query(target["expr"]) for panel in panels for target in panel["targets"]]
    assert [Query(query.expr) for panel in board.panels() for query in panel.queries] == asked
    cells = [
        (x, y)
        for panel in page["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_alert_speaks_of_itself_once() -> None:
    """By its name, which is also the heading of its section."""
    names = [rule.name for group in groups() for rule in group.rules if isinstance(rule, Alert)]
    assert sorted(set(names)) == sorted(names)
