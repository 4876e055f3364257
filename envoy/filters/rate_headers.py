"""What a caller is told of its rate, by the standard's names (draft-ietf-httpapi-ratelimit-headers).

Envoy writes `x-ratelimit-*` as an early draft had them. The first filter of the chain is the last to see an answer:
it writes `RateLimit`, `RateLimit-Policy` and, on a 429, `Retry-After` from them, and removes them.
"""

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Mutation
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import HeaderMutation, Mutations
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.parts import http_filter, set_header

POLICY = "requests"
LIMIT, REMAINING, RESET = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"


def rate_headers_filter() -> HttpFilter:
    """The filter; on an answer that was not counted it does nothing."""
    written = (
        set_header("ratelimit", _where_counted(f"'\"{POLICY}\";r=' + {_header(REMAINING)} + ';t=' + {_header(RESET)}")),
        set_header("ratelimit-policy", _where_counted(f"'\"{POLICY}\";q=' + {_header(LIMIT)}")),
        set_header("retry-after", _where_counted(f"response.code == 429 ? {_header(RESET)} : ''"), only_if_absent=True),
    )
    mutations = [Mutation(append=option) for option in written]
    mutations += [Mutation(remove=name) for name in (LIMIT, REMAINING, RESET)]
    return http_filter("rate_headers", HeaderMutation(mutations=Mutations(response_mutations=mutations)))


def _where_counted(expression: str) -> str:
    return f"%CEL('{LIMIT}' in response.headers ? ({expression}) : '')%"


def _header(name: str) -> str:
    return f"response.headers['{name}']"
