"""How large a body may be.

A length that is stated is compared before anything is read. What is not stated is counted: the body is gathered here up
to the cap, and only then is the processor asked, so that a slow upload holds no processor. (Envoy's own buffer limit of
a route will not do: it does not reach routes without a cluster, nor bodies that arrive in one piece.)
"""

from envoy_data_plane.envoy.config.rbac.v3 import Permission, Policy, Principal, RbacAction
from envoy_data_plane.envoy.config.rbac.v3 import Rbac as Rules
from envoy_data_plane.envoy.config.route.v3 import HeaderMatcher
from envoy_data_plane.envoy.extensions.filters.http.buffer.v3 import Buffer, BufferPerRoute
from envoy_data_plane.envoy.extensions.filters.http.rbac.v3 import Rbac, RbacPerRoute
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.v3 import Int64Range

from envoy.names import TOO_LARGE
from envoy.parts import http_filter

GATHER = "envoy.filters.http.buffer"
LENGTH = "body_length"
ANY_LENGTH = 2**62


def gather_filter() -> HttpFilter:
    """Gathers bodies, on routes that say so with `gathered`."""
    return http_filter(GATHER, Buffer(max_request_bytes=1), disabled=True)


def gathered(cap: int) -> BufferPerRoute:
    """What a route says whose bodies are processed."""
    return BufferPerRoute(buffer=Buffer(max_request_bytes=cap))


def length_filter() -> HttpFilter:
    """Compares lengths, on routes that say so with `at_most`."""
    return http_filter(LENGTH, Rbac(), disabled=True)


def at_most(cap: int) -> RbacPerRoute:
    """What every declared route says."""
    longer = HeaderMatcher(name="content-length", range_match=Int64Range(start=cap + 1, end=ANY_LENGTH))
    policy = Policy(permissions=[Permission(header=longer)], principals=[Principal(any=True)])
    return RbacPerRoute(rbac=Rbac(rules=Rules(action=RbacAction.DENY, policies={TOO_LARGE: policy})))
