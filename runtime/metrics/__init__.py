"""Every metric of Sluice, declared once. Base units; labels are bounded: never a user, an id or a raw path.

The only importer of prometheus-client. Each process makes one `Registry` and hands its groups on.
"""

from runtime.metrics.described import Described, described
from runtime.metrics.gateway import GatewayMetrics
from runtime.metrics.models import ModelMetrics
from runtime.metrics.registry import CONTENT_TYPE, Registry
from runtime.metrics.results import ResultsMetrics
from runtime.metrics.workers import WorkerMetrics

__all__ = [
    "CONTENT_TYPE",
    "Described",
    "GatewayMetrics",
    "ModelMetrics",
    "Registry",
    "ResultsMetrics",
    "WorkerMetrics",
    "described",
]
