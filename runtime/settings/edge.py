"""The public side: listeners, limits, CORS, and where the processes meet."""

from pydantic import Field, PositiveInt

from runtime.settings.base import Port, Seconds, Section


class TlsSettings(Section):
    """Files that hold the listener's certificate chain and key, in PEM."""

    certificate: str
    key: str


class ListenerSettings(Section):
    """Where clients connect."""

    address: str = "127.0.0.1"
    port: Port = 8080
    tls: TlsSettings | None = None


class AdminSettings(Section):
    """Envoy's own admin interface; never to be public."""

    address: str = "127.0.0.1"
    port: Port = 9901


class CorsSettings(Section):
    """Which browsers' pages may call. No origin means that CORS is off."""

    origins: tuple[str, ...] = ()
    headers: tuple[str, ...] = ("authorization", "content-type", "idempotency-key", "last-event-id", "prefer")
    max_age: PositiveInt = 600


class EdgeSettings(Section):
    """Everything that Envoy is told which is not a route."""

    listener: ListenerSettings = ListenerSettings()
    admin: AdminSettings = AdminSettings()
    cors: CorsSettings = CorsSettings()
    max_body_bytes: PositiveInt = Field(default=65_536, description="a route may say otherwise; past it 413")
    max_connections: PositiveInt = 20_000
    processor_timeout: Seconds = Field(default=10.0, description="seconds for one answer of the processor; past it 503")
    stream_idle: Seconds = Field(
        default=3600.0, description="seconds a result stream may be silent; the ping is far below"
    )
    drain: Seconds = Field(default=5.0, description="seconds that a stopping Envoy lets requests finish")


class ProcessorSettings(Section):
    """The external processor."""

    processes: PositiveInt = Field(default=1, description="each on a socket of its own, all behind one Envoy cluster")
    max_streams: PositiveInt = Field(default=4096, description="requests at once in one process; past it 503")
    drain: Seconds = Field(default=10.0, description="seconds that a stopping process lets requests finish")


class ResultsSettings(Section):
    """The results server."""

    processes: PositiveInt = 1
    ping: Seconds = Field(default=15.0, description="seconds between comments on a silent stream")
    retry: Seconds = Field(default=2.0, description="seconds that a client is told to wait before it comes back")
    max_streams: PositiveInt = Field(default=10_000, description="open streams in one process; past it 503")
    buffer_events: PositiveInt = Field(
        default=1000, description="events waiting for one reader; past it that reader is cut"
    )
    history_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024, description="recent events kept in memory; older ones are read from Kafka"
    )
    readers: PositiveInt = Field(default=4, description="reads from Kafka at once, for all who resume")
    unknown_wait: Seconds = Field(default=2.0, description="seconds to wait for an id that nobody has seen, before 404")
    drain: Seconds = 10.0
