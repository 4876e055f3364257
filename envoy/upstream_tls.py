"""TLS to servers that are not ours: their certificates are checked, by name and by root."""

import ssl

from envoy_data_plane.envoy.config.core.v3 import DataSource, TransportSocket
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import (
    CertificateValidationContext,
    CommonTlsContext,
    UpstreamTlsContext,
)
from envoy_data_plane.google.protobuf import Any


def upstream_tls(host: str, *, roots: str = "") -> TransportSocket:
    """TLS to that host; `roots` is a file of certificates to trust in place of the system's."""
    validation = CertificateValidationContext(trusted_ca=DataSource(filename=roots or _system_roots()))
    context = UpstreamTlsContext(
        common_tls_context=CommonTlsContext(validation_context=validation), sni=host, auto_sni_san_validation=True
    )
    return TransportSocket(name="envoy.transport_sockets.tls", typed_config=Any.pack(context))


def _system_roots() -> str:
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.openssl_cafile
