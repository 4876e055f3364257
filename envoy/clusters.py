"""Where requests go: the processors (gRPC) and the results servers (HTTP), each on unix sockets.

A process that is gone refuses a connection at once, so a retry elsewhere is all that it takes. Outlier detection is left
out on purpose: it keeps a restarted process out for seconds, and the next one to restart is then the only one asked.
"""

from collections.abc import Iterable

from envoy_data_plane.envoy.config.cluster.v3 import (
    CircuitBreakers,
    CircuitBreakersThresholds,
    Cluster,
    ClusterDiscoveryType,
    ClusterLbPolicy,
)
from envoy_data_plane.envoy.config.core.v3 import (
    HealthCheck,
    HealthCheckGrpcHealthCheck,
    Http1ProtocolOptions,
    Http2ProtocolOptions,
    KeepaliveSettings,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)
from envoy_data_plane.google.protobuf import Any

from envoy.endpoints import assignment
from envoy.names import BULK, NOWHERE, PROCESSOR, RESULTS
from envoy.parts import seconds, unix_address
from runtime.settings.gateway import Gateway

MANY = 1_000_000
"""For circuit breakers, whose small defaults would refuse streams and defeat retries; connections and streams are
bounded by `edge.max_connections` and by the processes themselves."""

BUFFER = 256 * 1024
"""Bytes that Envoy keeps for a slow reader before it stops reading from the upstream."""

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def processor_cluster(gateway: Gateway) -> Cluster:
    """One endpoint for each processor; health checks leave out one that hangs, and take it back at once."""
    sockets = (gateway.processor_socket(number) for number in range(gateway.processor.processes))
    keepalive = KeepaliveSettings(interval=seconds(5), timeout=seconds(3))
    http2 = Http2ProtocolOptions(connection_keepalive=keepalive, max_concurrent_streams=MANY)
    cluster = _cluster(PROCESSOR, sockets, HttpProtocolOptionsExplicitHttpConfig(http2_protocol_options=http2))
    cluster.health_checks = [_grpc_health()]
    cluster.close_connections_on_host_health_failure = False  # what it still holds, it may still finish
    return cluster


def results_cluster(gateway: Gateway) -> Cluster:
    """One endpoint for each results server."""
    sockets = (gateway.results_socket(number) for number in range(gateway.results.processes))
    http1 = Http1ProtocolOptions()
    return _cluster(RESULTS, sockets, HttpProtocolOptionsExplicitHttpConfig(http_protocol_options=http1))


def bulk_cluster(gateway: Gateway) -> Cluster:
    """One endpoint for each processor, which takes uploads beside what Envoy asks it."""
    sockets = (gateway.bulk_socket(number) for number in range(gateway.processor.processes))
    http1 = Http1ProtocolOptions()
    return _cluster(BULK, sockets, HttpProtocolOptionsExplicitHttpConfig(http_protocol_options=http1))


def nowhere_cluster() -> Cluster:
    """No endpoint at all."""
    return Cluster(
        name=NOWHERE,
        type=ClusterDiscoveryType.STATIC,
        connect_timeout=seconds(1),
        load_assignment=assignment(NOWHERE, ()),
    )


def _cluster(name: str, sockets: Iterable[str], http: HttpProtocolOptionsExplicitHttpConfig) -> Cluster:
    return Cluster(
        name=name,
        type=ClusterDiscoveryType.STATIC,
        connect_timeout=seconds(1),
        lb_policy=ClusterLbPolicy.LEAST_REQUEST,
        load_assignment=assignment(name, map(unix_address, sockets)),
        per_connection_buffer_limit_bytes=BUFFER,
        circuit_breakers=_raised(),
        typed_extension_protocol_options={HTTP_OPTIONS: Any.pack(HttpProtocolOptions(explicit_http_config=http))},
    )


def _raised() -> CircuitBreakers:
    thresholds = CircuitBreakersThresholds(
        max_connections=MANY, max_pending_requests=MANY, max_requests=MANY, max_retries=MANY
    )
    return CircuitBreakers(thresholds=[thresholds])


def _grpc_health() -> HealthCheck:
    often, seldom = seconds(0.1), seconds(1)
    return HealthCheck(
        timeout=seconds(1),
        interval=seldom,
        no_traffic_interval=seldom,
        unhealthy_interval=often,  # what came back is soon to be asked again
        no_traffic_healthy_interval=seldom,
        unhealthy_threshold=2,
        healthy_threshold=1,
        grpc_health_check=HealthCheckGrpcHealthCheck(),
    )
