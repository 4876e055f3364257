"""What the standard variables say of the export of traces.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from runtime.errors import ConfigError, Problem

Protocol = Literal["grpc", "http/protobuf"]

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HTTP, GRPC = "http/protobuf", "grpc"
PATH = "/v1/traces"

_DEFAULTS: Mapping[Protocol, str] = {"grpc": "http://localhost:4317", "http/protobuf": "http://localhost:4318"}
_DELAY = 5000.0
_TIMEOUT = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Which traces are recorded.

    Attributes:
        ratio: Of those that begin here: 0 for none, 1 for all.
        parent: Where a caller has decided already, that counts.
    """

    ratio: float = 1.0
    parent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where spans go, and which.

    Attributes:
        endpoint: A URL; with `http/protobuf` that of the traces, with its path.
        headers: Sent with each request; they may hold a secret.
        certificate: The file with what a server's certificate is checked by; empty for the system's.
        timeout: Seconds for one request.
        delay: Seconds that spans are gathered for.
        service: The name of every process; empty for each its own.
    """

    endpoint: str
    protocol: Protocol
    sampling: Sampling
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: str = ""
    timeout: float = _TIMEOUT / 1000
    delay: float = _DELAY / 1000
    service: str = ""


def exporting(environ: Mapping[str, str]) -> Export | None:
    """What the variables ask for; `None` where they ask for no traces. An empty one is one that is not set.

    Raises:
        ConfigError: One says what cannot be done here.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or not _wanted(environ):
        return None
    protocol = _protocol(environ)
    return Export(
        endpoint=_endpoint(environ, protocol),
        protocol=protocol,
        sampling=_sampling(environ),
        headers=_headers(_of_traces(environ, "HEADERS")),
        certificate=_of_traces(environ, "CERTIFICATE"),
        timeout=_milliseconds(environ, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT", or_=_TIMEOUT),
        delay=_milliseconds(environ, "OTEL_BSP_SCHEDULE_DELAY", or_=_DELAY),
        service=environ.get("OTEL_SERVICE_NAME", ""),
    )


def _wanted(environ: Mapping[str, str]) -> bool:
    name = "OTEL_TRACES_EXPORTER"
    said = environ.get(name, "").strip()
    if not said:
        return bool(environ.get(ENDPOINT) or environ.get(TRACES_ENDPOINT))
    if said not in {"otlp", "none"}:
        raise _error(name, said, "must be otlp or none")
    return said == "otlp"


def _protocol(environ: Mapping[str, str]) -> Protocol:
    match said := _of_traces(environ, "PROTOCOL") or HTTP:
        case "grpc" | "http/protobuf":
            return said
        case _:
            raise _error("OTEL_EXPORTER_OTLP_PROTOCOL", said, f"must be {GRPC} or {HTTP}")


def _endpoint(environ: Mapping[str, str], protocol: Protocol) -> str:
    """That of the traces is taken as it is; that of everything gets their path (`Endpoint URLs for OTLP/HTTP`)."""
    if own := environ.get(TRACES_ENDPOINT):
        return _url(TRACES_ENDPOINT, own)
    base = _url(ENDPOINT, environ.get(ENDPOINT) or _DEFAULTS[protocol])
    return base if protocol == GRPC else base.rstrip("/") + PATH


def _url(name: str, said: str) -> str:
    parts = urlsplit(said)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname is not None and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _error(name, said, "must be a URL that begins with http:// or https://")
    return said


def _sampling(environ: Mapping[str, str]) -> Sampling:
    name, of = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
    said = environ.get(name, "") or "parentbased_always_on"
    kind = said.removeprefix("parentbased_")
    ratios = {"always_on": 1.0, "always_off": 0.0, "traceidratio": _ratio(of, environ.get(of, "") or "1")}
    if kind not in ratios:
        raise _error(name, said, f"must be one of {', '.join(sorted(ratios))}, with parentbased_ before it or without")
    return Sampling(ratio=ratios[kind], parent=kind != said)


def _ratio(name: str, said: str) -> float:
    try:
        ratio = float(said)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise _error(name, said, "must be a number from 0 to 1")
    return ratio


def _headers(said: str) -> Mapping[str, str]:
    """`name=value,name=value`, as in W3C Baggage."""
    pairs = (pair.partition("=") for pair in said.split(",") if pair.strip())
    return {unquote(name.strip()).lower(): unquote(value.strip()) for name, _, value in pairs}


def _milliseconds(environ: Mapping[str, str], *names: str, or_: float) -> float:
    for name in names:
        if said := environ.get(name):
            if not said.isdecimal():
                raise _error(name, said, "must be a number of milliseconds")
            return int(said) / 1000
    return or_ / 1000


def _of_traces(environ: Mapping[str, str], name: str) -> str:
    return environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or environ.get(f"OTEL_EXPORTER_OTLP_{name}") or ""


def _error(name: str, said: str, message: str) -> ConfigError:
    return ConfigError(file="environment", problems=(Problem(path=name, line=None, message=message, value=said),))
