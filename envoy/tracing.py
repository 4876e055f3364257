"""Envoy's own spans, by the same variables as everybody's: the first of every trace, and where it is decided whether it is one.

Credentials may stand in a query, and Envoy's tags would show it: so the URL of a span has none.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import betterproto2
from envoy_data_plane.envoy.config.bootstrap.v3 import LayeredRuntime, RuntimeLayer
from envoy_data_plane.envoy.config.cluster.v3 import Cluster, ClusterDiscoveryType
from envoy_data_plane.envoy.config.core.v3 import (
    GrpcService,
    GrpcServiceEnvoyGrpc,
    HeaderValue,
    HeaderValueOption,
    Http1ProtocolOptions,
    Http2ProtocolOptions,
    HttpService,
    HttpUri,
    TypedExtensionConfig,
)
from envoy_data_plane.envoy.config.trace.v3 import OpenTelemetryConfig, TracingHttp
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManagerTracing
from envoy_data_plane.envoy.extensions.tracers.opentelemetry.resource_detectors.v3 import (
    EnvironmentResourceDetectorConfig,
)
from envoy_data_plane.envoy.extensions.tracers.opentelemetry.samplers.v3 import (
    AlwaysOnSamplerConfig,
    ParentBasedSamplerConfig,
    TraceIdRatioBasedSamplerConfig,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)
from envoy_data_plane.envoy.type.tracing.v3 import CustomTag
from envoy_data_plane.envoy.type.v3 import FractionalPercent, FractionalPercentDenominatorType
from envoy_data_plane.google.protobuf import Any, Struct

from envoy.endpoints import assignment
from envoy.names import TRACES
from envoy.parts import extension, seconds, socket_address
from envoy.upstream_tls import upstream_tls
from runtime.errors import ConfigError, Problem
from runtime.settings.gateway import Gateway
from runtime.tracing.environment import GRPC, HTTP, Export, Sampling

RESOURCE_ATTRIBUTES, HEADERS = "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_HEADERS"
MILLION = 1_000_000
GATHERED = 256
"""Spans that are sent before their time is up; Envoy keeps four times as many for a collector that is away."""

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TRACERS = "envoy.tracers.opentelemetry"
_CONNECT_SECONDS = 5.0

TAGS = {"http.url": "%PATH(NQ)%", "sluice.route": "%ROUTE_NAME%"}


def tracing(gateway: Gateway, export: Export, *, environ: Mapping[str, str]) -> HttpConnectionManagerTracing:
    """A span for each request, named by its method and the route's name, and one for each question to the processor."""
    service = {"grpc_service": _grpc(export)} if export.protocol == GRPC else {"http_service": _http(export)}
    detector = extension(f"{_TRACERS}.resource_detectors.environment", EnvironmentResourceDetectorConfig())
    config = OpenTelemetryConfig(
        **service,
        service_name=export.service or f"{gateway.name}-envoy",
        resource_detectors=[detector] if environ.get(RESOURCE_ATTRIBUTES) else [],
        sampler=_sampler(export.sampling),
    )
    return HttpConnectionManagerTracing(
        provider=TracingHttp(name=_TRACERS, typed_config=Any.pack(config)),
        operation="%REQ(:METHOD)% %ROUTE_NAME%",
        custom_tags=[CustomTag(tag=name, value=value) for name, value in TAGS.items()],
    )


def traces_cluster(export: Export) -> Cluster:
    """The collector."""
    url = urlsplit(export.endpoint)
    host, secure = url.hostname or "", url.scheme == "https"
    port = url.port or (443 if secure else 80)
    if export.protocol == GRPC:
        http = HttpProtocolOptionsExplicitHttpConfig(http2_protocol_options=Http2ProtocolOptions())
    else:
        http = HttpProtocolOptionsExplicitHttpConfig(http_protocol_options=Http1ProtocolOptions())
    return Cluster(
        name=TRACES,
        type=ClusterDiscoveryType.STRICT_DNS,
        connect_timeout=seconds(_CONNECT_SECONDS),
        load_assignment=assignment(TRACES, [socket_address(host, port)]),
        transport_socket=upstream_tls(host, roots=export.certificate) if secure else None,
        typed_extension_protocol_options={_HTTP_OPTIONS: Any.pack(HttpProtocolOptions(explicit_http_config=http))},
    )


def flushing(export: Export) -> LayeredRuntime:
    """When spans are sent; Envoy knows that from its runtime alone."""
    said = {
        "tracing.opentelemetry.flush_interval_ms": round(export.delay * 1000),
        "tracing.opentelemetry.min_flush_spans": GATHERED,
    }
    return LayeredRuntime(layers=[RuntimeLayer(name="traces", static_layer=Struct.from_dict(said))])


def _grpc(export: Export) -> GrpcService:
    if name := next((name for name, value in export.headers.items() if "%" in value), ""):
        # Envoy takes it for one of its formats: a wrong one silently ends all export, and a doubled one arrives doubled.
        message = f"{name}: Envoy sends no percent sign over {GRPC}; use {HTTP}"
        raise ConfigError(file="environment", problems=(Problem(path=HEADERS, line=None, message=message),))
    return GrpcService(
        envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=TRACES),
        timeout=seconds(export.timeout),
        initial_metadata=[HeaderValue(key=name, value=value) for name, value in export.headers.items()],
    )


def _http(export: Export) -> HttpService:
    headers = (HeaderValue(key=name, value=_literal(value)) for name, value in export.headers.items())
    return HttpService(
        http_uri=HttpUri(uri=export.endpoint, cluster=TRACES, timeout=seconds(export.timeout)),
        request_headers_to_add=[HeaderValueOption(header=header) for header in headers],
    )


def _literal(value: str) -> str:
    """Envoy looks for its formats here too, and takes this for what it is."""
    return value.replace("%", "%%")


def _sampler(sampling: Sampling) -> TypedExtensionConfig:
    root = _root(sampling.ratio)
    return _named("parent_based", ParentBasedSamplerConfig(wrapped_sampler=root)) if sampling.parent else root


def _root(ratio: float) -> TypedExtensionConfig:
    if ratio == 1:
        return _named("always_on", AlwaysOnSamplerConfig())
    share = FractionalPercent(numerator=round(ratio * MILLION), denominator=FractionalPercentDenominatorType.MILLION)
    return _named("trace_id_ratio_based", TraceIdRatioBasedSamplerConfig(sampling_percentage=share))


def _named(name: str, message: betterproto2.Message) -> TypedExtensionConfig:
    return extension(f"{_TRACERS}.samplers.{name}", message)
