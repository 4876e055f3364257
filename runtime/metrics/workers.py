"""What every stage counts."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.metrics.bounds import FAST, SLOW
from runtime.metrics.registry import Registry


class WorkerMetrics:
    """What every stage counts."""

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        stage = ["stage"]
        self.lag = Gauge(
            "worker_lag_records", "Records behind the end that were not read.", ["stage", "group", "topic"], registry=to
        )
        self.wait = Histogram(
            "worker_wait_seconds", "From a record's timestamp to its handling.", stage, buckets=SLOW, registry=to
        )
        self.handle = Histogram("worker_handle_seconds", "Handling of one record.", stage, buckets=SLOW, registry=to)
        self.handled = Counter("worker_handled_total", "Records handled.", stage, registry=to)
        self.skipped = Counter("worker_skipped_total", "Records that needed no work.", ["stage", "reason"], registry=to)
        self.cancelled = Counter(
            "worker_cancelled_total", "Queries left alone or broken off, wanted no more.", stage, registry=to
        )
        self.retried = Counter(
            "worker_retried_total", "Tries after a failure that may pass.", ["stage", "reason"], registry=to
        )
        self.transaction = Histogram(
            "worker_transaction_seconds",
            "Writing what ends some records, together with their offsets.",
            ["stage", "outcome"],
            buckets=FAST,
            registry=to,
        )
        self.dead = Counter("worker_dead_letters_total", "Records given up.", ["stage", "reason"], registry=to)
        self.expired = Counter(
            "worker_expired_total",
            "Queries past their tier's deadline: not searched, or not sent to a model.",
            ["stage", "tier"],
            registry=to,
        )
        self.first_text = Histogram(
            "worker_first_text_seconds",
            "From a query's record to the first text of its answer, all waiting included; again where an answer begins anew.",
            ["tier"],
            buckets=SLOW,
            registry=to,
        )
        self.answers = Counter(
            "worker_answers_total",
            "Queries that have ended, by how: the name of their last event.",
            ["tier", "outcome"],
            registry=to,
        )
        self.waiting = Gauge(
            "worker_waiting_records", "Records read and not begun, by lane.", ["stage", "tier"], registry=to
        )
        self.in_work = Gauge("worker_in_work_records", "Records in work now.", stage, registry=to)
        self.embedded = Counter("worker_embedded_texts_total", "Texts turned into vectors.", ["model"], registry=to)
        self.embed = Histogram(
            "worker_embed_seconds", "One call of the embedding model.", ["model"], buckets=SLOW, registry=to
        )
        self.search = Histogram("worker_search_seconds", "One search of the index.", [], buckets=FAST, registry=to)
        self.indexed = Gauge("worker_index_passages", "Passages in the index.", registry=to)
