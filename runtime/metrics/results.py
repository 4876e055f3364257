"""What the results server counts."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.metrics.bounds import SLOW
from runtime.metrics.registry import Registry


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
            buckets=SLOW,
            registry=to,
        )
        self.slow = Counter(
            "gateway_slow_readers_total", "Readers cut because they fell behind.", ["topic"], registry=to
        )
        self.replays = Counter("gateway_replays_total", "Streams that began by reading Kafka.", ["topic"], registry=to)
        self.replay = Histogram(
            "gateway_replay_seconds", "Time to read a stream's past from Kafka.", ["topic"], buckets=SLOW, registry=to
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
