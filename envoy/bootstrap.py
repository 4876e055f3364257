"""gateway.yaml -> the whole of what Envoy is told."""

import json
from collections.abc import Mapping
from typing import Any

from envoy_data_plane.envoy.config.bootstrap.v3 import Admin, Bootstrap, BootstrapStaticResources
from envoy_data_plane.envoy.config.core.v3 import Node
from envoy_data_plane.envoy.config.overload.v3 import OverloadManager, ResourceMonitor
from envoy_data_plane.envoy.extensions.resource_monitors.downstream_connections.v3 import DownstreamConnectionsConfig
from envoy_data_plane.google.protobuf import Any as Packed

from envoy.clusters import bulk_cluster, nowhere_cluster, processor_cluster, results_cluster
from envoy.jwks import jwks_clusters
from envoy.listener import listener
from envoy.parts import seconds, socket_address
from envoy.sites import site_clusters
from envoy.tracing import flushing, traces_cluster, tracing
from ext_proc.plugin import Plugin
from runtime.settings.gateway import Gateway
from runtime.tracing.environment import exporting

NO_TRACES: Mapping[str, str] = {}
CONNECTIONS = "envoy.resource_monitors.global_downstream_max_connections"


def bootstrap(
    gateway: Gateway, *, plugins: Mapping[str, type[Plugin]], environ: Mapping[str, str] = NO_TRACES
) -> Bootstrap:
    """The bootstrap; `plugins` says what each route's plugins want of Envoy, and `environ` where traces go.

    Raises:
        ConfigError: A variable says what cannot be done.
    """
    admin, export = gateway.edge.admin, exporting(environ)
    traced = tracing(gateway, export, environ=environ) if export else None
    return Bootstrap(
        node=Node(id=gateway.name, cluster=gateway.name),
        admin=Admin(address=socket_address(admin.address, admin.port), ignore_global_conn_limit=True),
        layered_runtime=flushing(export) if export else None,
        overload_manager=_overload(gateway.edge.max_connections),
        static_resources=BootstrapStaticResources(
            listeners=[listener(gateway, plugins=plugins, tracing=traced)],
            clusters=[
                processor_cluster(gateway),
                results_cluster(gateway),
                *([bulk_cluster(gateway)] if gateway.takes_bulk else []),
                *site_clusters(gateway.edge.served),
                nowhere_cluster(),
                *jwks_clusters(gateway),
                *([traces_cluster(export)] if export else []),
            ],
        ),
    )


def render(gateway: Gateway, *, plugins: Mapping[str, type[Plugin]], environ: Mapping[str, str] = NO_TRACES) -> str:
    """The bootstrap as JSON, with the field names of Envoy's own documentation.

    The library's camel case is not that of protobuf's JSON where a digit stands in a name (`consecutive_5xx`).
    """
    as_declared: Any = str
    document = bootstrap(gateway, plugins=plugins, environ=environ).to_dict(casing=as_declared)
    return json.dumps(document, indent=2) + "\n"


def _overload(max_connections: int) -> OverloadManager:
    """Past the number, new connections are closed at once; the admin interface stays usable."""
    limit = DownstreamConnectionsConfig(max_active_downstream_connections=max_connections)
    return OverloadManager(
        refresh_interval=seconds(0.25),
        resource_monitors=[ResourceMonitor(name=CONNECTIONS, typed_config=Packed.pack(limit))],
    )
