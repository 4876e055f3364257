"""The whole of gateway.yaml."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from runtime.settings.base import Port, Section
from runtime.settings.edge import EdgeSettings, ProcessorSettings, ResultsSettings
from runtime.settings.identity import IdentitySettings, KeySettings, TierSettings
from runtime.settings.kafka import KafkaSettings, TopicSettings
from runtime.settings.models import ChatSettings, EmbeddingSettings, IndexSettings
from runtime.settings.paths import DESCRIPTIONS
from runtime.settings.routes import RouteSettings
from runtime.settings.sites import consistent
from runtime.settings.workers import WorkersSettings


class ManagementSettings(Section):
    """Where each process answers /healthz, /readyz and /metrics; the n-th process of a kind adds n. 0 is any free port."""

    address: str = "127.0.0.1"
    """IP address to bind; keep it private."""

    processor: Port = 9100
    """Port of the first processor."""

    results: Port = 9120
    """Port of the first results server."""

    embedder: Port = 9140
    """Port of the first embedder."""

    retriever: Port = 9160
    """Port of the first retriever."""

    generator: Port = 9180
    """Port of the first generator."""


class LogSettings(Section):
    """JSON lines on standard error."""

    level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""


class Gateway(Section):
    """gateway.yaml: the one declaration that every process reads."""

    name: str = "sluice"
    """The deployment's name; part of `ce_source`."""

    run: str = ".sluice/run"
    """The folder of the unix sockets; keep it short and private."""

    edge: EdgeSettings = EdgeSettings()
    """What Envoy is told."""

    processor: ProcessorSettings = ProcessorSettings()
    """The external processor."""

    results: ResultsSettings = ResultsSettings()
    """The results server."""

    management: ManagementSettings = ManagementSettings()
    """Where processes answer operators."""

    log: LogSettings = LogSettings()
    """What is logged."""

    identity: IdentitySettings
    """Whom to believe."""

    tiers: Annotated[tuple[TierSettings, ...], Field(min_length=1)]
    """From the lowest to the highest."""

    keys: KeySettings
    """Secrets."""

    kafka: KafkaSettings
    """The cluster."""

    topics: dict[str, TopicSettings]
    """Name -> settings; made at start where missing, checked where not."""

    routes: Annotated[tuple[RouteSettings, ...], Field(min_length=1)]
    """What clients can call; nothing else can be."""

    embedding: EmbeddingSettings = EmbeddingSettings()
    """Text to vectors."""

    chat: ChatSettings
    """The model that answers."""

    index: IndexSettings = IndexSettings()
    """Where vectors are searched."""

    workers: WorkersSettings = WorkersSettings()
    """The stages."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("tier", (tier.name for tier in self.tiers))
        _unique("route", (route.name for route in self.routes))
        _unique("route", (f"{route.method} {route.path}" for route in self.routes))
        _unique("issuer", (issuer.issuer for issuer in self.identity.issuers))
        consistent(self.edge.sites, self.routes)
        unserved = [tier.name for tier in self.tiers if tier.name not in self.chat.tiers]
        if unserved:
            msg = f"chat.tiers names no model for {', '.join(unserved)}"
            raise ValueError(msg)
        shadowed = [route.name for route in self.routes if self.edge.described and route.path in DESCRIPTIONS]
        if shadowed:
            msg = f"route {shadowed[0]!r} has a path that edge.described answers; turn that off, or choose another"
            raise ValueError(msg)
        if self.results.sessions is not None and self.results.sessions not in self.topics:
            msg = f"results.sessions names {self.results.sessions!r}, which is not declared under topics"
            raise ValueError(msg)
        if self.kafka.producer.delivery_timeout >= self.kafka.consumer.session_timeout:
            # A worker that wakes up after its session must find what it had in hand expired.
            msg = "kafka.producer.delivery_timeout must be shorter than kafka.consumer.session_timeout"
            raise ValueError(msg)
        if self.workers.load is not None and self.workers.load not in self.topics:
            msg = f"workers.load names {self.workers.load!r}, which is not declared under topics"
            raise ValueError(msg)
        return self

    def tier(self, name: str | None) -> TierSettings:
        """The tier of that name; the lowest where it is unknown or missing, so that a bad claim never raises a caller."""
        return next((tier for tier in self.tiers if tier.name == name), self.tiers[0])

    def highest(self, names: Collection[str]) -> TierSettings:
        """The highest tier among those names; the lowest of all where they name none."""
        return next((tier for tier in reversed(self.tiers) if tier.name in names), self.tiers[0])

    def processor_socket(self, number: int) -> str:
        """The unix socket of the n-th processor (gRPC)."""
        return f"{self.run}/processor-{number}.sock"

    def bulk_socket(self, number: int) -> str:
        """The unix socket where the n-th processor takes uploads (HTTP)."""
        return f"{self.run}/bulk-{number}.sock"

    @property
    def takes_bulk(self) -> bool:
        """Whether some route takes records in bulk."""
        return any(route.bulk for route in self.routes)

    def results_socket(self, number: int) -> str:
        """The unix socket of the n-th results server (HTTP)."""
        return f"{self.run}/results-{number}.sock"


def _unique(what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        msg = f"{what} {twice[0]!r} is declared twice"
        raise ValueError(msg)
