"""The whole of gateway.yaml."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from runtime.settings.base import Port, Section
from runtime.settings.edge import EdgeSettings, ProcessorSettings, ResultsSettings
from runtime.settings.identity import IdentitySettings, KeySettings, TierSettings
from runtime.settings.kafka import KafkaSettings, TopicSettings
from runtime.settings.models import ChatSettings, EmbeddingSettings, IndexSettings
from runtime.settings.routes import RouteSettings
from runtime.settings.workers import WorkersSettings


class ManagementSettings(Section):
    """Where each process answers /healthz, /readyz and /metrics; the n-th process of a kind adds n. 0 is any free port."""

    address: str = "127.0.0.1"
    processor: Port = 9100
    results: Port = 9120
    embedder: Port = 9140
    retriever: Port = 9160
    generator: Port = 9180


class LogSettings(Section):
    """JSON lines on standard error."""

    level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"


class Gateway(Section):
    """gateway.yaml: the one declaration that every process reads."""

    name: str = "sluice"
    run: str = Field(default=".sluice/run", description="the folder of the unix sockets; keep it short and private")
    edge: EdgeSettings = EdgeSettings()
    processor: ProcessorSettings = ProcessorSettings()
    results: ResultsSettings = ResultsSettings()
    management: ManagementSettings = ManagementSettings()
    log: LogSettings = LogSettings()
    identity: IdentitySettings
    tiers: Annotated[tuple[TierSettings, ...], Field(min_length=1)]
    keys: KeySettings
    kafka: KafkaSettings
    topics: dict[str, TopicSettings]
    routes: Annotated[tuple[RouteSettings, ...], Field(min_length=1)]
    embedding: EmbeddingSettings = EmbeddingSettings()
    chat: ChatSettings
    index: IndexSettings = IndexSettings()
    workers: WorkersSettings = WorkersSettings()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("tier", (tier.name for tier in self.tiers))
        _unique("route", (route.name for route in self.routes))
        _unique("route", (f"{route.method} {route.path}" for route in self.routes))
        _unique("issuer", (issuer.issuer for issuer in self.identity.issuers))
        unserved = [tier.name for tier in self.tiers if tier.name not in self.chat.tiers]
        if unserved:
            msg = f"chat.tiers names no model for {', '.join(unserved)}"
            raise ValueError(msg)
        return self

    def tier(self, name: str | None) -> TierSettings:
        """The tier of that name; the lowest where it is unknown or missing, so that a bad claim never raises a caller."""
        return next((tier for tier in self.tiers if tier.name == name), self.tiers[0])

    def processor_socket(self, number: int) -> str:
        """The unix socket of the n-th processor (gRPC)."""
        return f"{self.run}/processor-{number}.sock"

    def results_socket(self, number: int) -> str:
        """The unix socket of the n-th results server (HTTP)."""
        return f"{self.run}/results-{number}.sock"


def _unique(what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        msg = f"{what} {twice[0]!r} is declared twice"
        raise ValueError(msg)
