"""What calls of the chat model count."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.metrics.bounds import SLOW
from runtime.metrics.registry import Registry


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
            buckets=SLOW,
            registry=to,
        )
        self.first_token = Histogram(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "From the call to its first text.",
            names,
            buckets=SLOW,
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
            buckets=SLOW,
            registry=to,
        )
