"""Credentials in the query: they have done their work at the edge, and neither the processor nor an upstream sees them.

A token is taken away on every route, so that one that was sent where none is taken is not carried on either.
A ticket is for the processor, and is taken away after it.
"""

from envoy_data_plane.envoy.config.core.v3 import KeyValueMutation
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import (
    HeaderMutation,
    HeaderMutationPerRoute,
    Mutations,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.names import QUERY_TOKEN
from envoy.parts import http_filter
from ext_proc.tickets import PARAMETER

TICKET = "query_ticket"


def token_removed() -> HttpFilter:
    """The filter that stands before the processor."""
    return http_filter("query_token", HeaderMutation(mutations=_without(QUERY_TOKEN)))


def ticket_filter() -> HttpFilter:
    """The filter that stands behind the processor; it works on routes that say so with `ticket_removed`."""
    return http_filter(TICKET, HeaderMutation(), disabled=True)


def ticket_removed() -> HeaderMutationPerRoute:
    """What a route says that takes tickets."""
    return HeaderMutationPerRoute(mutations=_without(PARAMETER))


def _without(parameter: str) -> Mutations:
    return Mutations(query_parameter_mutations=[KeyValueMutation(remove=parameter)])
