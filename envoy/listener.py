"""Where clients connect, with or without TLS."""

from envoy_data_plane.envoy.config.core.v3 import TcpKeepalive, TransportSocket
from envoy_data_plane.envoy.config.listener.v3 import Filter, FilterChain, Listener
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManagerTracing
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import (
    CommonTlsContext,
    DownstreamTlsContext,
    TlsCertificate,
    TlsParameters,
    TlsParametersTlsProtocol,
)
from envoy_data_plane.google.protobuf import Any

from envoy.connection_manager import connection_manager
from envoy.names import LISTENER
from envoy.parts import file_source, socket_address
from envoy.routes import Plugins
from runtime.settings.edge import TlsSettings
from runtime.settings.gateway import Gateway

BUFFER = 64 * 1024
"""Bytes that Envoy keeps of one connection before it stops reading; a route's body cap may be larger."""

HCM = "envoy.filters.network.http_connection_manager"


def listener(gateway: Gateway, *, plugins: Plugins, tracing: HttpConnectionManagerTracing | None = None) -> Listener:
    """The one public listener."""
    settings = gateway.edge.listener
    manager = Filter(name=HCM, typed_config=Any.pack(connection_manager(gateway, plugins=plugins, tracing=tracing)))
    return Listener(
        name=LISTENER,
        address=socket_address(settings.address, settings.port),
        per_connection_buffer_limit_bytes=BUFFER,
        # A reader that vanished without a word would keep its stream for ever.
        tcp_keepalive=TcpKeepalive(keepalive_probes=3, keepalive_time=30, keepalive_interval=10),
        filter_chains=[FilterChain(filters=[manager], transport_socket=_tls(settings.tls) if settings.tls else None)],
    )


def _tls(tls: TlsSettings) -> TransportSocket:
    certificate = TlsCertificate(certificate_chain=file_source(tls.certificate), private_key=file_source(tls.key))
    context = CommonTlsContext(
        tls_certificates=[certificate],
        alpn_protocols=["h2", "http/1.1"],
        tls_params=TlsParameters(tls_minimum_protocol_version=TlsParametersTlsProtocol.TLSv1_2),
    )
    return TransportSocket(
        name="envoy.transport_sockets.tls", typed_config=Any.pack(DownstreamTlsContext(common_tls_context=context))
    )
