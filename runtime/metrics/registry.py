"""A registry of one process, and its page."""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.tally import Tally, Timing

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Registry:
    """A registry of one process, and its page."""

    def __init__(self, *, process: bool = True) -> None:
        self.collectors = CollectorRegistry()
        if process:
            ProcessCollector(registry=self.collectors)
            PlatformCollector(registry=self.collectors)

    def tally(self, name: str, help: str, labels: Sequence[str]) -> Tally:  # noqa: A002 - as the page calls it
        """A counter for what every request does; its name ends in `_total`."""
        made = Tally(name, help, labels)
        self.collectors.register(Shown(made))
        return made

    def timing(self, name: str, help: str, labels: Sequence[str], *, bounds: Sequence[float]) -> Timing:  # noqa: A002 - as above
        """A histogram for what every request does."""
        made = Timing(name, help, labels, bounds=bounds)
        self.collectors.register(Shown(made))
        return made

    def page(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.collectors)


class Shown(Collector):
    """Puts one of ours onto the page."""

    def __init__(self, of: Tally | Timing) -> None:
        self.of = of

    def collect(self) -> Iterator[Metric]:
        of = self.of
        if isinstance(of, Tally):
            family = CounterMetricFamily(of.name, of.help, labels=of.labelled)
            for values, count in of.children.items():
                family.add_metric(values, count.value)
            yield family
        else:
            histogram = HistogramMetricFamily(of.name, of.help, labels=of.labelled)
            for values, times in of.children.items():
                histogram.add_metric(values, times.cumulated(), times.total)
            yield histogram

    describe = collect  # the registry asks under which names it goes
