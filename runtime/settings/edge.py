"""The public side: listeners, limits, CORS, and where the processes meet."""

from typing import Literal, Self

from pydantic import PositiveInt, model_validator

from runtime.settings.base import Port, Seconds, Section
from runtime.settings.identity import RateSettings
from runtime.settings.sites import SiteSettings


class TlsSettings(Section):
    """Files that hold the listener's certificate chain and key, in PEM."""

    certificate: str
    """File with the certificate chain."""

    key: str
    """File with the private key."""


class ListenerSettings(Section):
    """Where clients connect."""

    address: str = "127.0.0.1"
    """IP address to bind."""

    port: Port = 8080
    """0 is any free one."""

    tls: TlsSettings | None = None
    """Absent: plain HTTP."""


class AdminSettings(Section):
    """Envoy's own admin interface; never to be public."""

    address: str = "127.0.0.1"
    """IP address to bind; keep it private."""

    port: Port = 9901
    """0 is any free one."""


class CorsSettings(Section):
    """Which browsers' pages may call. No origin means that CORS is off."""

    origins: tuple[str, ...] = ()
    """Exact origins, or `*`."""

    headers: tuple[str, ...] = (
        "authorization",
        "content-type",
        "idempotency-key",
        "if-none-match",
        "last-event-id",
        "prefer",
    )
    """Request headers that a page may set."""

    max_age: PositiveInt = 600
    """Seconds a browser may remember a preflight."""

    credentials: bool = False
    """Let pages of these origins send cookies, as `EventSource` does with `withCredentials`; not with `*`."""

    @model_validator(mode="after")
    def _named_origins(self) -> Self:
        if self.credentials and "*" in self.origins:
            msg = "credentials need named origins: with * any page could read as whoever visits it"
            raise ValueError(msg)
        return self


class EdgeSettings(Section):
    """Everything that Envoy is told which is not a route."""

    listener: ListenerSettings = ListenerSettings()
    """Where clients connect."""

    admin: AdminSettings = AdminSettings()
    """Envoy's own admin interface."""

    cors: CorsSettings = CorsSettings()
    """Which browsers' pages may call."""

    sites: tuple[SiteSettings, ...] = ()
    """What else is served at the same address, and is no part of the gateway."""

    anonymous: RateSettings = RateSettings(per_second=50, burst=500)
    """Requests without a token, where a ticket may stand for one: for each client address (IPv6: each /64)."""

    described: bool = True
    """Answer /openapi.json and /asyncapi.json, to everybody: what there is to call, and to read."""

    max_body_bytes: PositiveInt = 65536
    """A route may say otherwise; past it 413."""

    max_connections: PositiveInt = 20_000
    """Downstream connections at once; past it a connection is reset."""

    processor_timeout: Seconds = 10.0
    """Seconds for one answer of the processor; past it 503."""

    stream_idle: Seconds = 3600.0
    """Seconds a result stream may be silent; the ping is far below."""

    drain: Seconds = 5.0
    """Seconds that a stopping Envoy lets requests finish."""

    @property
    def served(self) -> tuple[SiteSettings, ...]:
        """The sites that have an address."""
        return tuple(site for site in self.sites if site.address)


class ProcessorSettings(Section):
    """The external processor."""

    processes: PositiveInt = 1
    """Each on a socket of its own, all behind one Envoy cluster."""

    transport: Literal["native", "grpcio"] = "native"
    """What speaks gRPC with Envoy: our own HTTP/2 for this one peer, or `grpc.aio`."""

    max_streams: PositiveInt = 4096
    """Requests at once in one process; past it 503."""

    drain: Seconds = 10.0
    """Seconds that a stopping process lets requests finish."""


class ResultsSettings(Section):
    """The results server."""

    processes: PositiveInt = 1
    """Each on a socket of its own, all behind one Envoy cluster."""

    ping: Seconds = 15.0
    """Seconds between comments on a silent stream."""

    retry: Seconds = 2.0
    """Seconds that a client is told to wait before it comes back."""

    max_streams: PositiveInt = 10000
    """Open streams in one process; past it 503."""

    buffer_events: PositiveInt = 1000
    """Events waiting for one reader; past it that reader is cut."""

    history_bytes: PositiveInt = 64 * 1024 * 1024
    """Recent events kept in memory; older ones are read from Kafka."""

    topic_bytes: PositiveInt = 16 * 1024 * 1024
    """Recent events kept of each topic that a route follows whole, besides; older ones are read from Kafka."""

    readers: PositiveInt = 4
    """Reads from Kafka at once, for all who resume."""

    unknown_wait: Seconds = 2.0
    """Seconds to wait for an id that nobody has seen, before 404."""

    drain: Seconds = 10.0
    """Seconds that a stopping server takes to tell its readers to come back."""

    sessions: str | None = None
    """The topic of spent tickets and of renewals, one of `topics`; needed by `ticket` and `renew`."""
