"""A Prometheus' configuration for processes that all run on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dashboards.rules.document import document, groups
from dashboards.targets import SECONDS, TARGETS, Targets, configuration, gathered, targets_file
from runtime.settings.gateway import Gateway
from runtime.settings.load import load

STAGES = ("embedder", "retriever", "generator")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPrometheus:
    """What is scraped, and how often."""

    targets: Targets
    seconds: float = SECONDS

    @classmethod
    def of(cls, environ: Mapping[str, str], *, gateway: Gateway | None = None, seconds: float = SECONDS) -> Self:
        """The processes that the environment describes: its ports, and how many of each there are.

        Raises:
            ConfigError: gateway.yaml cannot be filled from it.
        """
        gateway = gateway or load(environ=environ)
        stages = {stage: int(environ.get(f"SLUICE_{stage.upper()}S") or 1) for stage in STAGES}
        counts = {"processor": gateway.processor.processes, "results": gateway.results.processes, **stages}
        return cls(targets=gathered(gateway, counts=counts), seconds=seconds)

    def write(self, folder: Path) -> Path:
        """Writes prometheus.yml, its targets and its rules, and returns the first."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TARGETS).write_text(targets_file(self.targets), encoding="utf-8")
        (folder / "rules.yml").write_bytes(document(groups()))
        told = folder / "prometheus.yml"
        told.write_text(configuration(seconds=self.seconds), encoding="utf-8")
        return told
