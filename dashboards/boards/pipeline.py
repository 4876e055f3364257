"""What the workers do."""

from dashboards.board import Board, Panel, Query, Row
from dashboards.promql import quantile, rate, total


def pipeline() -> Board:
    """Lag, waiting, throughput, retries and dead letters, by stage."""
    return Board(
        name="pipeline",
        title="Sluice: pipeline",
        why="The stages behind Kafka: how far behind they are, how long work waits and takes, and what they give up.",
        rows=[_queue(), _work(), _failures(), _parts()],
    )


def _queue() -> Row:
    return Row(
        title="The queue",
        panels=[
            Panel(
                title="Lag, by stage",
                why="Records that no worker has read. It grows where a stage is slower than what comes.",
                queries=[Query(total("worker_lag_records", by="stage, topic"), "{{stage}} {{topic}}")],
            ),
            Panel(
                title="Waiting, by stage and tier",
                why="Records that are read and not begun; lanes take turns by weight.",
                queries=[Query(total("worker_waiting_records", by="stage, tier"), "{{stage}} {{tier}}")],
            ),
            Panel(
                title="Expected wait of a query that comes now",
                why="What callers are told, and what `max_wait` is compared with. Nothing is shown while no worker reports.",
                queries=[Query("max by (tier) (gateway_expected_wait_seconds)", "{{tier}}")],
                unit="s",
            ),
            Panel(
                title="Time to a record's turn",
                why="From its timestamp to its handling: the wait in Kafka and in the lane.",
                queries=[
                    Query(quantile(0.5, "worker_wait_seconds", by="stage"), "{{stage}} p50"),
                    Query(quantile(0.99, "worker_wait_seconds", by="stage"), "{{stage}} p99"),
                ],
                unit="s",
            ),
            Panel(
                title="Time to an answer's first text, by tier",
                why="From the query's record, with all waiting: what its reader feels.",
                queries=[
                    Query(quantile(0.5, "worker_first_text_seconds", by="tier"), "{{tier}} p50"),
                    Query(quantile(0.95, "worker_first_text_seconds", by="tier"), "{{tier}} p95"),
                ],
                unit="s",
            ),
            Panel(
                title="Queries ended, by how",
                why="`error` is what the answers objective counts: dead letters and deadlines that passed.",
                queries=[Query(rate("worker_answers_total", by="outcome"), "{{outcome}}")],
                kind="areas",
            ),
        ],
    )


def _work() -> Row:
    return Row(
        title="Work",
        panels=[
            Panel(
                title="Throughput, by stage",
                why="Records handled a second.",
                queries=[Query(rate("worker_handled_total", by="stage"), "{{stage}}")],
            ),
            Panel(
                title="In work, by stage",
                why="At `concurrency`, a stage is as busy as it is allowed to be.",
                queries=[Query(total("worker_in_work_records", by="stage"), "{{stage}}")],
            ),
            Panel(
                title="Time in work, by stage",
                why="One record, retries and rests included.",
                queries=[
                    Query(quantile(0.5, "worker_handle_seconds", by="stage"), "{{stage}} p50"),
                    Query(quantile(0.99, "worker_handle_seconds", by="stage"), "{{stage}} p99"),
                ],
                unit="s",
            ),
            Panel(
                title="Transactions (p99), by outcome",
                why="Writing what ends some records together with their offsets. Aborts come with rebalances and outages.",
                queries=[
                    Query(quantile(0.99, "worker_transaction_seconds", by="stage, outcome"), "{{stage}} {{outcome}}")
                ],
                unit="s",
            ),
        ],
    )


def _failures() -> Row:
    return Row(
        title="Failures",
        panels=[
            Panel(
                title="Retries, by stage and reason",
                why="Tries after a failure that may pass.",
                queries=[Query(rate("worker_retried_total", by="stage, reason"), "{{stage}} {{reason}}")],
            ),
            Panel(
                title="Dead letters, by stage and reason",
                why="Records given up; `python -m workers dead-letters` shows and redrives them.",
                queries=[Query(rate("worker_dead_letters_total", by="stage, reason"), "{{stage}} {{reason}}")],
            ),
            Panel(
                title="Past their deadline, by stage and tier",
                why="Queries that nobody waits for any more: not searched, or not sent to a model.",
                queries=[Query(rate("worker_expired_total", by="stage, tier"), "{{stage}} {{tier}}")],
            ),
            Panel(
                title="Cancelled, and skipped",
                why="Queries that were called off, and records that needed no work.",
                queries=[
                    Query(rate("worker_cancelled_total", by="stage"), "{{stage}} cancelled"),
                    Query(rate("worker_skipped_total", by="stage, reason"), "{{stage}} {{reason}}"),
                ],
            ),
        ],
    )


def _parts() -> Row:
    return Row(
        title="Vectors and the index",
        panels=[
            Panel(
                title="Texts embedded",
                why="Passages by the embedder, questions by the retriever.",
                queries=[Query(rate("worker_embedded_texts_total", by="job"), "{{job}}")],
            ),
            Panel(
                title="One call of the embedding model",
                why="A call has a batch of texts.",
                queries=[
                    Query(quantile(0.5, "worker_embed_seconds", by="job"), "{{job}} p50"),
                    Query(quantile(0.99, "worker_embed_seconds", by="job"), "{{job}} p99"),
                ],
                unit="s",
            ),
            Panel(
                title="One search of the index",
                why="Grows with what was added since the retriever's start: see Rebuilding an index in docs/operations.md.",
                queries=[Query(quantile(q, "worker_search_seconds"), f"p{100 * q:g}") for q in (0.5, 0.99)],
                unit="s",
            ),
            Panel(
                title="Passages in the index",
                why="Of each retriever; they come to the same number.",
                queries=[Query('worker_index_passages{job="retriever"}', "{{instance}}")],
            ),
        ],
    )
