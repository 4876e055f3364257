"""A board as Grafana's JSON. The only importer of Grafana's builders."""

from itertools import count
from typing import TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

from dashboards.board import Board, Panel, Query

TAG = "sluice"
HEIGHT = 8
FIGURE_HEIGHT = 4

_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_GOOD, _WARNING, _BAD = "green", "orange", "red"

Drawn = TypeVar("Drawn", stat.Panel, timeseries.Panel)


def drawn(board: Board) -> bytes:
    """The file that Grafana is provisioned with."""
    page = (
        dashboard.Dashboard(board.title)
        .uid(f"{TAG}-{board.name}")
        .description(board.why)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time("now-1h", "now")
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .link(_to_the_others())
    )
    numbers = count(1)  # what a link to one panel names it by
    for row in board.rows:
        page.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            made = _figure(panel) if panel.kind == "figure" else _lines(panel)
            page.with_panel(made.id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(page.build()).encode() + b"\n"


def _to_the_others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Sluice").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.keep_time(True).include_vars(True)


def _figure(panel: Panel) -> stat.Panel:
    made = (
        stat.Panel()
        .title(panel.title)
        .description(panel.why)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .span(panel.span)
        .height(FIGURE_HEIGHT)
        .color_mode(BigValueColorMode.BACKGROUND if panel.steps else BigValueColorMode.NONE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    if panel.steps:
        made.thresholds(_thresholds(*panel.steps))
    return _asking(made, panel)


def _lines(panel: Panel) -> timeseries.Panel:
    stacked = panel.kind == "areas"
    made = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.why)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .min(0)
        .span(panel.span)
        .height(HEIGHT)
        .line_width(1)
        .fill_opacity(30 if stacked else 5)
        .show_points(VisibilityMode.NEVER)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE))
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    return _asking(made, panel)


def _asking(made: Drawn, panel: Panel) -> Drawn:
    for place, query in enumerate(panel.queries):
        made.with_target(_target(query, ref=chr(ord("A") + place)))
    return made


def _target(query: Query, *, ref: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expr).legend_format(query.legend or "__auto").ref_id(ref).range()


def _thresholds(warning: float, bad: float) -> dashboard.ThresholdsConfig:
    """From green to red; where `bad` is below `warning`, less is worse."""
    if bad >= warning:
        steps = [Threshold(None, _GOOD), Threshold(warning, _WARNING), Threshold(bad, _BAD)]
    else:
        steps = [Threshold(None, _BAD), Threshold(bad, _WARNING), Threshold(warning, _GOOD)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
