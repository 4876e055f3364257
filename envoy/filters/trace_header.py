"""The trace of a request as a header of its own, where Envoy traces: what answers for Envoy can read headers, and no span."""

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Mutation
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import HeaderMutation, Mutations
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.parts import http_filter, set_header

TRACE_HEADER = "x-gateway-trace"
"""Of our names: no client's comes so far."""

TRACE_ID = f"%REQ({TRACE_HEADER})%"


def trace_header_filter() -> HttpFilter:
    """The filter; it stands first, so that whatever refuses a request after it knows the trace."""
    mutation = Mutation(append=set_header(TRACE_HEADER, "%TRACE_ID%"))
    return http_filter("trace_header", HeaderMutation(mutations=Mutations(request_mutations=[mutation])))
