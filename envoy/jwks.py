"""Where the issuers' keys come from: files, read when the bootstrap is rendered, or URLs that Envoy keeps fresh."""

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from envoy_data_plane.envoy.config.cluster.v3 import Cluster, ClusterDiscoveryType

from envoy.endpoints import assignment
from envoy.parts import seconds, socket_address
from envoy.upstream_tls import upstream_tls
from runtime.settings.gateway import Gateway
from runtime.settings.identity import IssuerSettings

CONNECT_SECONDS = 5.0


def read_jwks(issuer: IssuerSettings) -> str:
    """The text of the issuer's key file."""
    return Path(issuer.jwks.file or "").read_text(encoding="utf-8")


def cluster_name(issuer: IssuerSettings) -> str:
    """The cluster that an issuer's keys are fetched from."""
    return f"jwks_{issuer.name}"


def jwks_clusters(gateway: Gateway) -> list[Cluster]:
    """One cluster for each issuer whose keys have a URL."""
    return [_cluster(issuer, urlsplit(issuer.jwks.url)) for issuer in gateway.identity.issuers if issuer.jwks.url]


def _cluster(issuer: IssuerSettings, url: SplitResult) -> Cluster:
    host, secure = url.hostname or "", url.scheme == "https"
    name = cluster_name(issuer)
    return Cluster(
        name=name,
        type=ClusterDiscoveryType.STRICT_DNS,
        connect_timeout=seconds(CONNECT_SECONDS),
        load_assignment=assignment(name, [socket_address(host, url.port or (443 if secure else 80))]),
        transport_socket=upstream_tls(host) if secure else None,
    )
