"""Where each process answers with its metrics, and how Prometheus is told.

Prometheus reads targets from a file beside its configuration, so that the same configuration serves one of everything,
two of everything, and a demo on ports of its own.
"""

from collections.abc import Mapping, Sequence

import yaml

from runtime.settings.gateway import Gateway

SECONDS = 5
"""Between two scrapes."""

TARGETS = "targets.yml"
"""The file, beside prometheus.yml."""

ENVOY = "envoy"
ENVOY_PATH = "/stats/prometheus"
KINDS = ("processor", "results", "embedder", "retriever", "generator")
"""The processes of ours, as `management` of gateway.yaml names them."""

Targets = Mapping[str, Sequence[str]]
"""For each kind of process, `host:port` of each of them."""


def scattered(gateway: Gateway, *, counts: Mapping[str, int]) -> Targets:
    """In containers: the n-th of a kind is the host `kind`, or `kind-n`, as services are called in the compose files."""
    ours = {
        kind: [f"{_host(kind, n)}:{getattr(gateway.management, kind) + n}" for n in range(counts.get(kind, 1))]
        for kind in KINDS
    }
    return {ENVOY: [f"{ENVOY}:{gateway.edge.admin.port}"], **ours}


def gathered(gateway: Gateway, *, counts: Mapping[str, int]) -> Targets:
    """On one machine."""
    ours = {
        kind: [f"127.0.0.1:{getattr(gateway.management, kind) + n}" for n in range(counts.get(kind, 1))]
        for kind in KINDS
    }
    return {ENVOY: [f"127.0.0.1:{gateway.edge.admin.port}"], **ours}


def targets_file(targets: Targets) -> str:
    """For `file_sd_configs`."""
    groups = [{"labels": _labels(kind), "targets": list(found)} for kind, found in targets.items()]
    return yaml.safe_dump(groups, sort_keys=False, width=1000)


def configuration(*, seconds: float = SECONDS, rules: str = "rules.yml") -> str:
    """prometheus.yml; paths are relative to its own."""
    every = f"{round(1000 * seconds)}ms"
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
            "rule_files": [rules],
            "scrape_configs": [{"job_name": "sluice", "file_sd_configs": [{"files": [TARGETS]}]}],
        },
        sort_keys=False,
    )


def _labels(kind: str) -> dict[str, str]:
    path = {"__metrics_path__": ENVOY_PATH} if kind == ENVOY else {}
    return {"job": kind, **path}


def _host(kind: str, number: int) -> str:
    return f"{kind}-{number}" if number else kind
