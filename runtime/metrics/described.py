"""Every metric as documents and dashboards know it."""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from runtime.metrics.gateway import GatewayMetrics
from runtime.metrics.models import ModelMetrics
from runtime.metrics.registry import Registry, Shown
from runtime.metrics.results import ResultsMetrics
from runtime.metrics.workers import WorkerMetrics


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
    listed = [
        _described(found) for found in collectors.values() if isinstance(found, Counter | Gauge | Histogram | Shown)
    ]
    return sorted(listed, key=lambda metric: metric.name)


def _described(metric: Counter | Gauge | Histogram | Shown) -> Described:
    if isinstance(metric, Shown):
        of = metric.of
        return Described(name=of.name, kind=of.kind, labels=of.labelled, help=of.help)
    ending = "_total" if isinstance(metric, Counter) else ""
    return Described(
        name=f"{metric._name}{ending}",  # noqa: SLF001  # as above
        kind=str(metric._type),  # noqa: SLF001  # as above
        labels=tuple(metric._labelnames),  # noqa: SLF001  # as above
        help=str(metric._documentation),  # noqa: SLF001  # as above
    )
