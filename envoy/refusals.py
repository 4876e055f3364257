"""Routes that answer nothing but a refusal, and what a route says of itself to the problem that is made of it."""

from collections.abc import Mapping

import betterproto2
from envoy_data_plane.envoy.config.core.v3 import Metadata
from envoy_data_plane.envoy.config.route.v3 import FilterConfig, Route, RouteAction, RouteMatch
from envoy_data_plane.google.protobuf import Any, Struct

from envoy.filters.guard import refused
from envoy.names import ALLOW, BARE, GUARD, NOWHERE, RATE_LIMIT, ROUTE_METADATA


def refusing(name: str, match: RouteMatch, *, reason: str, metadata: Metadata | None = None) -> Route:
    """A route that ends at the guard; `metadata` is for the problem that is made of it."""
    return Route(
        name=name,
        match=match,
        route=to_nowhere(),
        metadata=metadata,
        typed_per_filter_config=packed({RATE_LIMIT: FilterConfig(disabled=True), GUARD: refused(reason)}),
    )


def said(*, allowed: str = "", bare: bool = False) -> Metadata:
    """The methods that the path has, and whether its errors are answered without a body."""
    return Metadata(filter_metadata={ROUTE_METADATA: Struct.from_dict({ALLOW: allowed, BARE: bare})})


def to_nowhere() -> RouteAction:
    """No upstream, where Envoy's filters want one."""
    return RouteAction(cluster=NOWHERE)


def packed(configured: Mapping[str, betterproto2.Message]) -> dict[str, Any]:
    """The configurations of a route's filters as Envoy takes them."""
    return {name: Any.pack(message) for name, message in configured.items()}
