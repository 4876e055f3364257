"""What the processor counts."""

from prometheus_client import Counter, Gauge

from runtime.metrics.bounds import FAST
from runtime.metrics.registry import Registry
from runtime.tally import Level


class GatewayMetrics:
    """What the processor counts."""

    def __init__(self, registry: Registry) -> None:
        to = registry.collectors
        self.requests = registry.tally(
            "gateway_requests_total", "Requests that the processor decided.", ["route", "method", "code", "tier"]
        )
        self.pipeline = registry.timing(
            "gateway_pipeline_seconds", "Time in the whole chain of a route.", ["route"], bounds=FAST
        )
        self.plugin = registry.timing("gateway_plugin_seconds", "Time in one plugin.", ["plugin", "phase"], bounds=FAST)
        self.produce = registry.timing(
            "gateway_produce_seconds",
            "From handing a record to Kafka to its acknowledgement.",
            ["topic"],
            bounds=FAST,
        )
        self.produce_failures = registry.tally(
            "gateway_produce_failures_total", "Records that Kafka did not take.", ["topic", "reason"]
        )
        self.rejects = registry.tally(
            "gateway_schema_rejects_total", "Bodies that broke their schema.", ["route", "schema"]
        )
        self.denials = registry.tally(
            "gateway_auth_failures_total", "Requests refused for who sent them.", ["route", "reason"]
        )
        self.admissions = registry.tally(
            "gateway_admission_total",
            "Queries by whether they were admitted; unknown is admitted without an estimate.",
            ["outcome", "tier"],
        )
        self.expected_wait = Gauge(
            "gateway_expected_wait_seconds",
            "What a query that comes now is expected to wait for its turn; NaN while nothing is known.",
            ["tier"],
            registry=to,
        )
        self.streams = Level()
        streams = Gauge("gateway_processor_streams", "Requests in the processor now.", registry=to)
        streams.set_function(lambda: self.streams.value)
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
        self.idempotency = registry.tally(
            "gateway_idempotency_total",
            "Requests with an Idempotency-Key: `new`, `taken_over`, `replayed`, `in_flight`, `other_payload`, `malformed`, "
            "and those that failed after they were begun, `released`; `missing` where a key is required.",
            ["route", "outcome"],
        )
        self.idempotency_keys = Gauge("gateway_idempotency_keys", "Idempotency keys known now.", ["topic"], registry=to)
        self.idempotency_forgotten = Counter(
            "gateway_idempotency_forgotten_total",
            "Idempotency keys forgotten before their time.",
            ["topic"],
            registry=to,
        )
