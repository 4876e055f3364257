"""What goes out: the streams of results."""

from dashboards.board import Board, Panel, Query, Row
from dashboards.promql import quantile, rate, total

_RESULTS = 'envoy_cluster_name="results"'


def streams() -> Board:
    """Streams open, what is delivered over them and how late, and who is dropped."""
    return Board(
        name="streams",
        title="Sluice: streams",
        why="The way from Kafka to readers: streams open, events delivered, their delay, and readers dropped.",
        rows=[_open(), _delivered(), _past()],
    )


def _open() -> Row:
    return Row(
        title="Open",
        panels=[
            Panel(
                title="Streams open",
                why="Readers that are connected now, by topic.",
                queries=[Query(total("gateway_streams_open", by="topic"), "{{topic}}")],
            ),
            Panel(
                title="Streams opened, by answer",
                why="204 is a reader that has all already, 404 one who asks for what is not theirs, 503 a full or a starting server.",
                queries=[Query(rate("gateway_streams_total", by="code"), "{{code}}")],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Connections of Envoy to the results servers",
                why="One for each stream, on unix sockets.",
                queries=[
                    Query(total("envoy_cluster_upstream_cx_active", where=_RESULTS), "connections"),
                    Query(total("envoy_cluster_upstream_rq_active", where=_RESULTS), "requests"),
                ],
            ),
            Panel(
                title="Questions after a state",
                why="`GET /queries/{id}`; with `Prefer: wait` they stay open.",
                queries=[
                    Query(rate("gateway_status_total", by="code"), "{{code}}"),
                ],
                unit="reqps",
                kind="areas",
            ),
            Panel(
                title="Questions that wait",
                why="Of those, the ones that are open now.",
                queries=[Query(total("gateway_status_open", by="topic"), "{{topic}}")],
            ),
            Panel(
                title="Retries of Envoy at the results servers",
                why="A server that starts, stops or is full is not asked twice; its readers notice nothing.",
                queries=[Query(rate("envoy_cluster_upstream_rq_retry", where=_RESULTS), "retries")],
                unit="reqps",
            ),
        ],
    )


def _delivered() -> Row:
    delay = "gateway_delivery_seconds"
    return Row(
        title="Delivered",
        panels=[
            Panel(
                title="Events written, by name",
                why="`delta` is text. `gap` is what a reader missed because it came back too late.",
                queries=[Query(rate("gateway_events_sent_total", by="event"), "{{event}}")],
                kind="areas",
            ),
            Panel(
                title="Delay",
                why="From a record's timestamp to the socket of its reader; the delivery objective is about it.",
                queries=[Query(quantile(q, delay), f"p{100 * q:g}") for q in (0.5, 0.9, 0.99)],
                unit="s",
            ),
            Panel(
                title="Readers dropped",
                why="They read more slowly than their answers were written. They may come back with their last id.",
                queries=[Query(rate("gateway_slow_readers_total", by="topic"), "{{topic}}")],
                unit="reqps",
            ),
        ],
    )


def _past() -> Row:
    return Row(
        title="Taken up again",
        panels=[
            Panel(
                title="Streams that began in Kafka",
                why="Their past was no longer in memory.",
                queries=[Query(rate("gateway_replays_total", by="topic"), "{{topic}}")],
                unit="reqps",
            ),
            Panel(
                title="Pasts read from Kafka so far, by the time it took",
                why="All since each server began. It takes longer the longer ago it was, and the slower the brokers' disks are.",
                queries=[Query("sum by (le) (gateway_replay_seconds_bucket)", "up to {{le}} s")],
            ),
            Panel(
                title="Recent events in memory",
                why="Bounded by `results.history_bytes`.",
                queries=[Query(total("gateway_history_bytes", by="topic"), "{{topic}}")],
                unit="bytes",
            ),
            Panel(
                title="Records that the feeds read",
                why="Every results server reads every record once, whoever is watching.",
                queries=[Query(rate("gateway_feed_records_total", by="topic"), "{{topic}}")],
                kind="areas",
            ),
        ],
    )
