"""Every metric of Sluice, declared once. Base units; labels are bounded: never a user, an id or a raw path.

The only importer of prometheus-client. Each process makes one `Metrics` and hands it on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_FAST = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Registry:
    """A registry of one process, and its page."""

    def __init__(self, *, process: bool = True) -> None:
        self.collectors = CollectorRegistry()
        if process:
            ProcessCollector(registry=self.collectors)
            PlatformCollector(registry=self.collectors)

    def page(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.collectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A metric as documents show it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


def described() -> Sequence[Described]:
    """Every metric of every process of ours, by name; those of the Python process itself are left out."""
    registry = Registry(process=False)
    for group in (GatewayMetrics, ResultsMetrics, WorkerMetrics, ModelMetrics):
        group(registry)
    collectors = {id(found): found for found in registry.collectors._names_to_collectors.values()}  # noqa: SLF001  # the library lists no labels in public
    listed = [_described(found) for found in collectors.values() if isinstance(found, Counter | Gauge | Histogram)]
    return sorted(listed, key=lambda metric: metric.name)


def _described(metric: Counter | Gauge | Histogram) -> Described:
    ending = "_total" if isinstance(metric, Counter) else ""
    return Described(
        name=f"{metric._name}{ending}",  # noqa: SLF001  # as above
        kind=str(metric._type),  # noqa: SLF001  # as above
        labels=tuple(metric._labelnames),  # noqa: SLF001  # as above
        help=str(metric._documentation),  # noqa: SLF001  # as above
    )


class GatewayMetrics:
    """What the processor counts."""

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        self.requests = Counter(
            "gateway_requests_total",
            "Requests that the processor decided.",
            ["route", "method", "code", "tier"],
            registry=to,
        )
        self.pipeline = Histogram(
            "gateway_pipeline_seconds", "Time in the whole chain of a route.", ["route"], buckets=_FAST, registry=to
        )
        self.plugin = Histogram(
            "gateway_plugin_seconds", "Time in one plugin.", ["plugin", "phase"], buckets=_FAST, registry=to
        )
        self.produce = Histogram(
            "gateway_produce_seconds",
            "From handing a record to Kafka to its acknowledgement.",
            ["topic"],
            buckets=_FAST,
            registry=to,
        )
        self.produce_failures = Counter(
            "gateway_produce_failures_total", "Records that Kafka did not take.", ["topic", "reason"], registry=to
        )
        self.rejects = Counter(
            "gateway_schema_rejects_total", "Bodies that broke their schema.", ["route", "schema"], registry=to
        )
        self.denials = Counter(
            "gateway_auth_failures_total", "Requests refused for who sent them.", ["route", "reason"], registry=to
        )
        self.admissions = Counter(
            "gateway_admission_total",
            "Queries by whether they were admitted; unknown is admitted without an estimate.",
            ["outcome", "tier"],
            registry=to,
        )
        self.expected_wait = Gauge(
            "gateway_expected_wait_seconds",
            "What a query that comes now is expected to wait for its turn; NaN while nothing is known.",
            ["tier"],
            registry=to,
        )
        self.streams = Gauge("gateway_processor_streams", "Requests in the processor now.", registry=to)
        self.uploads = Counter(
            "gateway_bulk_uploads_total",
            "Uploads by how they ended: `complete`, or the end of the problem's type in their last line.",
            ["route", "outcome"],
            registry=to,
        )
        self.uploads_open = Gauge("gateway_bulk_uploads_open", "Uploads open now.", ["route"], registry=to)
        self.bulk_lines = Counter(
            "gateway_bulk_lines_total",
            "Lines of uploads, and records of arrays, by the status in their receipts; `replayed` was stored before.",
            ["route", "status"],
            registry=to,
        )
        self.bulk_bytes = Counter("gateway_bulk_bytes_total", "Bytes read of uploads.", ["route"], registry=to)
        self.idempotency = Counter(
            "gateway_idempotency_total",
            "Requests with an Idempotency-Key: `new`, `taken_over`, `replayed`, `in_flight`, `other_payload`, `malformed`, "
            "and those that failed after they were begun, `released`; `missing` where a key is required.",
            ["route", "outcome"],
            registry=to,
        )
        self.idempotency_keys = Gauge("gateway_idempotency_keys", "Idempotency keys known now.", ["topic"], registry=to)
        self.idempotency_forgotten = Counter(
            "gateway_idempotency_forgotten_total",
            "Idempotency keys forgotten before their time.",
            ["topic"],
            registry=to,
        )


class ResultsMetrics:
    """What the results server counts."""

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        self.open = Gauge("gateway_streams_open", "Result streams open now.", ["topic"], registry=to)
        self.opened = Counter(
            "gateway_streams_total", "Result streams by how they were answered.", ["topic", "code"], registry=to
        )
        self.sent = Counter("gateway_events_sent_total", "Events written to readers.", ["topic", "event"], registry=to)
        self.delivery = Histogram(
            "gateway_delivery_seconds",
            "From a record's timestamp to the socket of a live reader.",
            ["topic"],
            buckets=_SLOW,
            registry=to,
        )
        self.slow = Counter(
            "gateway_slow_readers_total", "Readers cut because they fell behind.", ["topic"], registry=to
        )
        self.replays = Counter("gateway_replays_total", "Streams that began by reading Kafka.", ["topic"], registry=to)
        self.replay = Histogram(
            "gateway_replay_seconds", "Time to read a stream's past from Kafka.", ["topic"], buckets=_SLOW, registry=to
        )
        self.asking = Gauge(
            "gateway_status_open",
            "Questions after a query's state, open now; most of them wait for it.",
            ["topic"],
            registry=to,
        )
        self.told = Counter(
            "gateway_status_total",
            "Questions after a query's state by how they were answered.",
            ["topic", "code"],
            registry=to,
        )
        self.history = Gauge("gateway_history_bytes", "Recent events kept in memory.", ["topic"], registry=to)
        self.records = Counter("gateway_feed_records_total", "Records that the feed has read.", ["topic"], registry=to)


class WorkerMetrics:
    """What every stage counts."""

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        stage = ["stage"]
        self.lag = Gauge(
            "worker_lag_records", "Records behind the end that were not read.", ["stage", "group", "topic"], registry=to
        )
        self.wait = Histogram(
            "worker_wait_seconds", "From a record's timestamp to its handling.", stage, buckets=_SLOW, registry=to
        )
        self.handle = Histogram("worker_handle_seconds", "Handling of one record.", stage, buckets=_SLOW, registry=to)
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
            buckets=_FAST,
            registry=to,
        )
        self.dead = Counter("worker_dead_letters_total", "Records given up.", ["stage", "reason"], registry=to)
        self.expired = Counter(
            "worker_expired_total",
            "Queries past their tier's deadline: not searched, or not sent to a model.",
            ["stage", "tier"],
            registry=to,
        )
        self.waiting = Gauge(
            "worker_waiting_records", "Records read and not begun, by lane.", ["stage", "tier"], registry=to
        )
        self.in_work = Gauge("worker_in_work_records", "Records in work now.", stage, registry=to)
        self.embedded = Counter("worker_embedded_texts_total", "Texts turned into vectors.", ["model"], registry=to)
        self.embed = Histogram(
            "worker_embed_seconds", "One call of the embedding model.", ["model"], buckets=_SLOW, registry=to
        )
        self.search = Histogram("worker_search_seconds", "One search of the index.", [], buckets=_FAST, registry=to)
        self.indexed = Gauge("worker_index_passages", "Passages in the index.", registry=to)


class ModelMetrics:
    """Calls of the chat model, by OpenTelemetry's GenAI conventions.

    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
    """

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        names = ["gen_ai_request_model", "tier"]
        self.duration = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "A whole model call.",
            [*names, "error_type"],
            buckets=_SLOW,
            registry=to,
        )
        self.first_token = Histogram(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "From the call to its first text.",
            names,
            buckets=_SLOW,
            registry=to,
        )
        self.tokens = Counter(
            "gen_ai_client_token_usage_total",
            "Tokens; of a call that did not come to its end, in part estimated.",
            [*names, "gen_ai_token_type"],
            registry=to,
        )
        self.cost = Counter(
            "gen_ai_client_cost_usd_total", "US dollars, by the prices in gateway.yaml.", names, registry=to
        )
        self.fallbacks = Counter(
            "gen_ai_client_fallbacks_total",
            "Calls that an overloaded model left to the next of its tier's chain.",
            ["from_model", "to_model"],
            registry=to,
        )
        self.share = Gauge(
            "gen_ai_client_quota_share_ratio",
            "What this generator keeps to of the limits in gateway.yaml; 1 is all of them.",
            registry=to,
        )
        self.quota = Histogram(
            "gen_ai_client_quota_wait_seconds",
            "From wanting to call the model until its limits allowed it.",
            names,
            buckets=_SLOW,
            registry=to,
        )
