"""The endpoints of a cluster."""

from collections.abc import Iterable

from envoy_data_plane.envoy.config.core.v3 import Address
from envoy_data_plane.envoy.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints


def assignment(cluster: str, addresses: Iterable[Address]) -> ClusterLoadAssignment:
    """All of them alike, in one place."""
    endpoints = [LbEndpoint(endpoint=Endpoint(address=address)) for address in addresses]
    return ClusterLoadAssignment(cluster_name=cluster, endpoints=[LocalityLbEndpoints(lb_endpoints=endpoints)])
