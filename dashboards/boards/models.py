"""What the chat models do, and cost."""

from dashboards.board import Board, Panel, Query, Row
from dashboards.promql import WINDOW, quantile, rate, ratio

_MODEL = "gen_ai_request_model"
_NAME = f"{{{{{_MODEL}}}}}"
_CALLS = "gen_ai_client_operation_duration_seconds"
_FAILED = 'error_type!="", error_type!="cancelled"'


def models() -> Board:
    """Tokens, cost, time to first token, errors and fallbacks, by model and tier."""
    return Board(
        name="models",
        title="Sluice: models",
        why="Calls of the chat models: tokens and their cost, how soon they speak, how they fail, and who takes over.",
        rows=[_spending(), _speed(), _trouble()],
    )


def _spending() -> Row:
    return Row(
        title="Tokens and cost",
        panels=[
            Panel(
                title="Tokens a second, by model",
                why="As the provider counts them; of calls that were broken off, in part estimated.",
                queries=[
                    Query(
                        rate("gen_ai_client_token_usage_total", by=f"{_MODEL}, gen_ai_token_type"),
                        f"{_NAME} {{{{gen_ai_token_type}}}}",
                    )
                ],
                kind="areas",
            ),
            Panel(
                title="Cost an hour, by model",
                why="By the prices in gateway.yaml.",
                queries=[Query(f"3600 * {rate('gen_ai_client_cost_usd_total', by=_MODEL)}", _NAME)],
                unit="currencyUSD",
                kind="areas",
            ),
            Panel(
                title="Cost an hour, by tier",
                why="Who it is spent on.",
                queries=[Query(f"3600 * {rate('gen_ai_client_cost_usd_total', by='tier')}", "{{tier}}")],
                unit="currencyUSD",
                kind="areas",
            ),
            Panel(
                title="Cost of one answer, by tier",
                why="What is spent a second, divided by the queries that end a second.",
                queries=[
                    Query(
                        f"{rate('gen_ai_client_cost_usd_total', by='tier')}"
                        f" / ({rate('worker_answers_total', by='tier')} > 0)",
                        "{{tier}}",
                    )
                ],
                unit="currencyUSD",
            ),
            Panel(
                title="Calls, by model",
                why="Calls begun and ended, failed ones too.",
                queries=[Query(rate(f"{_CALLS}_count", by=_MODEL), _NAME)],
                unit="reqps",
            ),
        ],
    )


def _speed() -> Row:
    first = "gen_ai_client_operation_time_to_first_chunk_seconds"
    return Row(
        title="Speed",
        panels=[
            Panel(
                title="Time to first token, by model",
                why="From the call to its first text.",
                queries=[
                    Query(quantile(0.5, first, by=_MODEL), f"{_NAME} p50"),
                    Query(quantile(0.95, first, by=_MODEL), f"{_NAME} p95"),
                ],
                unit="s",
            ),
            Panel(
                title="A whole call, by model",
                why="To its last token, or to its failure.",
                queries=[
                    Query(quantile(0.5, _CALLS, by=_MODEL), f"{_NAME} p50"),
                    Query(quantile(0.95, _CALLS, by=_MODEL), f"{_NAME} p95"),
                ],
                unit="s",
            ),
            Panel(
                title="Output tokens a second of a call, by model",
                why="How fast a model writes while it writes, the time to its first token included.",
                queries=[
                    Query(
                        f"sum by ({_MODEL}) (rate(gen_ai_client_token_usage_total"
                        f'{{gen_ai_token_type="output"}}[{WINDOW}])) / ({rate(f"{_CALLS}_sum", by=_MODEL)} > 0)',
                        _NAME,
                    )
                ],
            ),
        ],
    )


def _trouble() -> Row:
    return Row(
        title="Errors and limits",
        panels=[
            Panel(
                title="Failed calls, by model and status",
                why="429 is a limit of the account, 529 and 503 a model without room, 401 to 404 a key or a configuration.",
                queries=[
                    Query(
                        rate(f"{_CALLS}_count", by=f"{_MODEL}, error_type", where=_FAILED),
                        f"{_NAME} {{{{error_type}}}}",
                    )
                ],
                unit="reqps",
            ),
            Panel(
                title="Part of calls that fail, all models",
                why="Calls that were called off are not failures.",
                queries=[Query(ratio(rate(f"{_CALLS}_count", where=_FAILED), rate(f"{_CALLS}_count")), "failed")],
                unit="percentunit",
            ),
            Panel(
                title="Fallbacks",
                why="Questions that a model without room left to the next of its tier's chain.",
                queries=[
                    Query(
                        rate("gen_ai_client_fallbacks_total", by="from_model, to_model"),
                        "{{from_model}} to {{to_model}}",
                    )
                ],
                unit="reqps",
            ),
            Panel(
                title="Wait for the limits of a model (p95)",
                why="`chat.limits` of gateway.yaml; what waits here keeps nobody else from being answered.",
                queries=[Query(quantile(0.95, "gen_ai_client_quota_wait_seconds", by=_MODEL), _NAME)],
                unit="s",
            ),
            Panel(
                title="Shares of the limits",
                why="Over all generators this comes to 1.",
                queries=[
                    Query("gen_ai_client_quota_share_ratio", "{{instance}}"),
                    Query("sum(gen_ai_client_quota_share_ratio)", "all"),
                ],
                unit="percentunit",
            ),
        ],
    )
