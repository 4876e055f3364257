"""What comes in, and what becomes of it."""

from dashboards.board import Board, Panel, Query, Row
from dashboards.promql import EDGE, quantile, rate, ratio, total

_CLASS = "envoy_response_code_class"


def edge() -> Board:
    """Requests, refusals, latency and limits, as Envoy and the processors see them."""
    return Board(
        name="edge",
        title="Sluice: edge",
        why="Requests as Envoy and the processors see them: how many, how fast, and why some are refused.",
        rows=[_requests(), _refusals(), _latency(), _limits(), _bulk(), _processes()],
    )


def _requests() -> Row:
    return Row(
        title="Requests",
        panels=[
            Panel(
                title="Answers of Envoy, by class",
                why="Everything that clients were answered. 5xx is what the availability objective counts.",
                queries=[
                    Query(rate("envoy_http_downstream_rq_xx", by=_CLASS, where=EDGE), f"{{{{{_CLASS}}}}}xx"),
                ],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Requests decided, by route",
                why="What got as far as a processor. What Envoy refuses by itself is not in it.",
                queries=[Query(rate("gateway_requests_total", by="route"), "{{route}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Decisions, by code",
                why="`upstream` is a request that was let through to a results server.",
                queries=[Query(rate("gateway_requests_total", by="code"), "{{code}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Requests, by tier",
                why="Who they come from; `none` had no token, or needed none.",
                queries=[Query(rate("gateway_requests_total", by="tier"), "{{tier}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Connections and requests open",
                why="Streams are requests that stay open. Each connection takes memory in Envoy.",
                queries=[
                    Query(total("envoy_http_downstream_cx_active", where=EDGE), "connections"),
                    Query(total("envoy_http_downstream_rq_active", where=EDGE), "requests at Envoy"),
                    Query(total("gateway_processor_streams"), "requests in processors"),
                ],
            ),
            Panel(
                title="Traffic",
                why="Bytes of clients' connections, TLS not counted.",
                queries=[
                    Query(rate("envoy_http_downstream_cx_rx_bytes_total", where=EDGE), "received"),
                    Query(rate("envoy_http_downstream_cx_tx_bytes_total", where=EDGE), "sent"),
                ],
                unit="Bps",
            ),
        ],
    )


def _refusals() -> Row:
    return Row(
        title="Errors, by reason",
        panels=[
            Panel(
                title="Refused by Envoy",
                why="Tokens that are missing or bad (401), callers over their rate (429), and what no route or method fits.",
                queries=[
                    Query(rate("envoy_http_jwt_authn_denied", where=EDGE), "token (401)"),
                    Query(rate("envoy_http_local_rate_limit_rate_limited"), "rate (429)"),
                    Query(rate("envoy_http_rbac_denied", where=EDGE), "no such resource or method, too large"),
                ],
                unit="reqps",
            ),
            Panel(
                title="Refused for who asks",
                why="Scopes that are missing, labels above the caller's tier, tickets that are spent: 401 and 403.",
                queries=[Query(rate("gateway_auth_failures_total", by="reason"), "{{reason}}")],
                unit="reqps",
            ),
            Panel(
                title="Refused for what is asked",
                why="Bodies that break their schema: a client with a bug, or one that has not been updated.",
                queries=[Query(rate("gateway_schema_rejects_total", by="schema"), "{{schema}}")],
                unit="reqps",
            ),
            Panel(
                title="Failures of the processors, as Envoy sees them",
                why="Streams that broke, and verdicts that came too late: each is a 503. Anything lasting is a fault.",
                queries=[
                    Query(rate("envoy_http_ext_proc_streams_failed", where=EDGE), "streams failed"),
                    Query(rate("envoy_http_ext_proc_message_timeouts", where=EDGE), "timeouts"),
                ],
                unit="reqps",
            ),
            Panel(
                title="Records that Kafka did not take",
                why="Each is a 503 with Retry-After. Nothing is lost that was answered with 202.",
                queries=[Query(rate("gateway_produce_failures_total", by="topic, reason"), "{{topic}} {{reason}}")],
                unit="reqps",
            ),
            Panel(
                title="Part of answers that are 5xx",
                why="What the availability objective is about.",
                queries=[
                    Query(
                        ratio(
                            rate("envoy_http_downstream_rq_xx", where=f'{EDGE}, {_CLASS}="5"'),
                            rate("envoy_http_downstream_rq_xx", where=EDGE),
                        ),
                        "5xx",
                    )
                ],
                unit="percentunit",
            ),
        ],
    )


def _latency() -> Row:
    pipeline = "gateway_pipeline_seconds"
    return Row(
        title="Latency",
        panels=[
            Panel(
                title="Whole chain, by route (p99)",
                why="From the request's arrival at a processor to its verdict; for a POST that holds Kafka's acknowledgement.",
                queries=[Query(quantile(0.99, pipeline, by="route"), "{{route}}")],
                unit="s",
            ),
            Panel(
                title="Whole chain, all routes",
                why="The same without routes.",
                queries=[Query(quantile(q, pipeline), f"p{100 * q:g}") for q in (0.5, 0.9, 0.99)],
                unit="s",
            ),
            Panel(
                title="Plugins (p99)",
                why="Which part of a chain takes the time. `produce` waits for Kafka.",
                queries=[Query(quantile(0.99, "gateway_plugin_seconds", by="plugin, phase"), "{{plugin}} {{phase}}")],
                unit="s",
            ),
            Panel(
                title="Kafka's acknowledgement, by topic",
                why="All in-sync replicas have the record. Where this grows, look at the brokers.",
                queries=[
                    Query(quantile(0.5, "gateway_produce_seconds", by="topic"), "{{topic}} p50"),
                    Query(quantile(0.99, "gateway_produce_seconds", by="topic"), "{{topic}} p99"),
                ],
                unit="s",
            ),
            Panel(
                title="Whole requests at Envoy",
                why="Streams count with all the time that they were open, so the upper quantiles are theirs.",
                queries=[
                    Query(quantile(q, "envoy_http_downstream_rq_time", where=EDGE), f"p{100 * q:g}") for q in (0.5, 0.9)
                ],
                unit="ms",
            ),
            Panel(
                title="Tokens that Envoy had verified before",
                why="A signature costs more than the rest of a request; a caller who comes again spares it.",
                queries=[
                    Query(rate("envoy_http_jwt_authn_jwt_cache_hit", where=EDGE), "known"),
                    Query(rate("envoy_http_jwt_authn_jwt_cache_miss", where=EDGE), "verified"),
                ],
                unit="reqps",
                kind="areas",
            ),
        ],
    )


def _limits() -> Row:
    return Row(
        title="Limits",
        panels=[
            Panel(
                title="Queries admitted, or not",
                why="`refused` would have waited longer than its tier's `max_wait`; `unknown` was admitted without an estimate.",
                queries=[Query(rate("gateway_admission_total", by="outcome, tier"), "{{outcome}} {{tier}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Requests with an Idempotency-Key",
                why="`replayed` is a retry that got the first answer; `other_payload` is a client that uses a key twice.",
                queries=[Query(rate("gateway_idempotency_total", by="outcome"), "{{outcome}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Idempotency keys known",
                why="About 1 kB each in every processor; past `limit` the oldest are forgotten.",
                queries=[Query("max by (topic) (gateway_idempotency_keys)", "{{topic}}")],
            ),
            Panel(
                title="Room for connections",
                why="Per cent of `edge.max_connections` that is taken. At 100, new ones are closed at once.",
                queries=[
                    Query(
                        "max(envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure)",
                        "taken",
                    )
                ],
                unit="percent",
            ),
        ],
    )


def _bulk() -> Row:
    return Row(
        title="Uploads",
        panels=[
            Panel(
                title="Lines, by their receipts",
                why="Each line of an upload has a receipt of its own.",
                queries=[Query(rate("gateway_bulk_lines_total", by="status"), "{{status}}")],
                kind="areas",
            ),
            Panel(
                title="Uploads, by how they ended",
                why="All but `complete` say in their last line where to go on.",
                queries=[Query(rate("gateway_bulk_uploads_total", by="outcome"), "{{outcome}}")],
            ),
            Panel(
                title="Uploads open",
                why="Now, over all processors; `bulk` of a route says how many lines of one may be under way.",
                queries=[Query(total("gateway_bulk_uploads_open", by="route"), "{{route}}")],
            ),
            Panel(
                title="Bytes of uploads",
                why="What was read of them; Kafka sets the pace.",
                queries=[Query(rate("gateway_bulk_bytes_total", by="route"), "{{route}}")],
                unit="Bps",
            ),
        ],
    )


def _processes() -> Row:
    return Row(
        title="Processes",
        panels=[
            Panel(
                title="CPU",
                why="Cores that each process of ours takes. One that stays near 1 is the one to have two of.",
                queries=[Query("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}")],
            ),
            Panel(
                title="Memory",
                why="Resident memory of each process of ours.",
                queries=[Query("process_resident_memory_bytes", "{{job}} {{instance}}")],
                unit="bytes",
            ),
            Panel(
                title="Memory of Envoy",
                why="What Envoy's heap holds.",
                queries=[Query("envoy_server_memory_allocated", "{{instance}}")],
                unit="bytes",
            ),
        ],
    )
