"""The last word before an upstream: only what the processor let pass may go on.

`ext_proc` lets a request through when the processor ends its stream in order without an answer, whatever its failure
mode says. The processor marks what it has finished with a header that no client can send; this filter asks for it.
Routes that nobody declared are refused here too, under a name from which the problem is made.
"""

from envoy_data_plane.envoy.config.rbac.v3 import Permission, Policy, Principal, RbacAction
from envoy_data_plane.envoy.config.rbac.v3 import Rbac as Rules
from envoy_data_plane.envoy.config.route.v3 import HeaderMatcher
from envoy_data_plane.envoy.extensions.filters.http.rbac.v3 import Rbac, RbacPerRoute
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher

from envoy.names import GUARD
from envoy.parts import http_filter
from ext_proc.wire import VERIFIED


def guard_filter() -> HttpFilter:
    """The filter; unlike the others it runs wherever no route says otherwise, and none that has an upstream does."""
    name, value = VERIFIED
    verified = HeaderMatcher(name=name, string_match=StringMatcher(exact=value))
    policy = Policy(permissions=[Permission(header=verified)], principals=[Principal(any=True)])
    return http_filter(GUARD, Rbac(rules=Rules(action=RbacAction.ALLOW, policies={"processed": policy})))


def refused(reason: str) -> RbacPerRoute:
    """What a route says that answers nothing but `reason`."""
    anything = Policy(permissions=[Permission(any=True)], principals=[Principal(any=True)])
    return RbacPerRoute(rbac=Rbac(rules=Rules(action=RbacAction.DENY, policies={reason: anything})))


def refusal(reason: str) -> str:
    """The details of Envoy's reply to what a policy of that name refuses."""
    return f"rbac_access_denied_matched_policy[{reason}]"
