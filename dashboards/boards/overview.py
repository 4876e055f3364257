"""Is it healthy? One look, five seconds."""

from dashboards.board import Board, Panel, Query, Row
from dashboards.promql import EDGE, quantile, rate, total
from dashboards.rules.objectives import DAYS, OBJECTIVES, Objective


def overview() -> Board:
    """What is red is wrong; the other dashboards say what."""
    return Board(
        name="overview",
        title="Sluice: overview",
        why="Is it healthy? Green all along the top is yes. What is red has an alert, and a section in docs/operations.md.",
        rows=[_now(), _budgets(), _flow(), _alerts()],
    )


def _now() -> Row:
    return Row(
        title="Now",
        panels=[
            Panel(
                title="Alerts",
                why="That fire now.",
                queries=[Query('sum(ALERTS{alertstate="firing"}) or vector(0)')],
                kind="figure",
                steps=(1, 1),
                span=4,
            ),
            Panel(
                title="Processes down",
                why="Those that Prometheus cannot reach.",
                queries=[Query("count(up) - sum(up)")],
                kind="figure",
                steps=(1, 1),
                span=4,
            ),
            Panel(
                title="Requests",
                why="A second, at Envoy.",
                queries=[Query(rate("envoy_http_downstream_rq_xx", where=EDGE))],
                unit="reqps",
                kind="figure",
                span=4,
            ),
            Panel(
                title="Streams open",
                why="Readers that are connected now.",
                queries=[Query(total("gateway_streams_open"))],
                kind="figure",
                span=4,
            ),
            Panel(
                title="Expected wait",
                why="Of a query of the lowest tier that comes now.",
                queries=[Query("max(gateway_expected_wait_seconds)")],
                unit="s",
                kind="figure",
                steps=(10, 30),
                span=4,
            ),
            Panel(
                title="Dead letters in an hour",
                why="Records that were given up, and wait for somebody to look.",
                queries=[Query("sum(increase(worker_dead_letters_total[1h]))")],
                kind="figure",
                steps=(0.5, 10),
                span=4,
            ),
        ],
    )


def _budgets() -> Row:
    return Row(
        title=f"What is left of each budget ({DAYS} days)",
        panels=[_budget(objective, span=5 if objective is not OBJECTIVES[-1] else 4) for objective in OBJECTIVES],
    )


def _budget(objective: Objective, *, span: int) -> Panel:
    spent = f"avg_over_time({objective.record('1h')}[{DAYS}d]) / {objective.budget:g}"
    return Panel(
        title=objective.name.replace("_", " ").capitalize(),
        why=f"{100 * objective.kept:g} % {objective.good}. At 0 the promise is broken.",
        queries=[Query(f"1 - {spent}")],
        unit="percentunit",
        kind="figure",
        steps=(0.5, 0.1),
        span=span,
    )


def _alerts() -> Row:
    return Row(
        title="Alerts",
        panels=[
            Panel(
                title="Alerts that fire, by name",
                why="Each has a section of its name in docs/operations.md, which says what to do.",
                queries=[
                    Query(
                        'count by (alertname, severity) (ALERTS{alertstate="firing"})', "{{alertname}} ({{severity}})"
                    )
                ],
                span=24,
            )
        ],
    )


def _flow() -> Row:
    return Row(
        title="The way of a request",
        panels=[
            Panel(
                title="Answers, by class",
                why="At Envoy: everything that clients were answered.",
                queries=[
                    Query(
                        rate("envoy_http_downstream_rq_xx", by="envoy_response_code_class", where=EDGE),
                        "{{envoy_response_code_class}}xx",
                    )
                ],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="A POST is decided (p99)",
                why="With Kafka's acknowledgement; by route.",
                queries=[
                    Query(
                        quantile(0.99, "gateway_pipeline_seconds", by="route", where='route=~"chunks|queries"'),
                        "{{route}}",
                    )
                ],
                unit="s",
            ),
            Panel(
                title="Waiting, by stage",
                why="Records that no worker has read, and those that were read and not begun.",
                queries=[
                    Query(
                        f"{total('worker_lag_records', by='stage')} + on (stage) {total('worker_waiting_records', by='stage')}",
                        "{{stage}}",
                    )
                ],
            ),
            Panel(
                title="An answer's first text (p95)",
                why="From the question, with all waiting; by tier.",
                queries=[Query(quantile(0.95, "worker_first_text_seconds", by="tier"), "{{tier}}")],
                unit="s",
            ),
            Panel(
                title="Queries ended, by how",
                why="`done` is an answer.",
                queries=[Query(rate("worker_answers_total", by="outcome"), "{{outcome}}")],
                kind="areas",
            ),
            Panel(
                title="Cost an hour, by model",
                why="By the prices in gateway.yaml.",
                queries=[
                    Query(
                        f"3600 * {rate('gen_ai_client_cost_usd_total', by='gen_ai_request_model')}",
                        "{{gen_ai_request_model}}",
                    )
                ],
                unit="currencyUSD",
                kind="areas",
            ),
        ],
    )
