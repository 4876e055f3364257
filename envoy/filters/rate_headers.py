"""What a caller is told of its rate, by the standard's names (draft-ietf-httpapi-ratelimit-headers-10).

Envoy writes `x-ratelimit-*` as an early draft had them. The first filter of the chain is the last to see an answer:
it writes `RateLimit`, `RateLimit-Policy` and, on a 429, `Retry-After` from them, and removes them.
"""

import math

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Mutation
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import HeaderMutation, Mutations
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.filters.rate_limit import UNLIMITED
from envoy.parts import http_filter, set_header
from runtime.settings.gateway import Gateway

NAME = '"caller"'
LIMIT, REMAINING, RESET = (f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset"))
COUNTED = f"'{LIMIT}' in response.headers && response.headers['{LIMIT}'] != '{UNLIMITED}'"


def rate_headers_filter(gateway: Gateway) -> HttpFilter:
    """The filter; on an answer that was not counted it does nothing."""
    waits = f"{COUNTED} && response.headers['{RESET}'] != '0'"
    left = _text(NAME + ";r=") + _header(REMAINING) + _text(";t=", when=waits) + _header(RESET, when=waits)
    policy = _text(NAME + ";q=") + _header(LIMIT) + _window(gateway)
    written = (
        set_header("ratelimit", left),
        set_header("ratelimit-policy", policy),
        set_header("retry-after", _header(RESET, when=f"{COUNTED} && response.code == 429"), only_if_absent=True),
    )
    mutations = [Mutation(append=option) for option in written]
    mutations += [Mutation(remove=name) for name in (LIMIT, REMAINING, RESET)]
    return http_filter("rate_headers", HeaderMutation(mutations=Mutations(response_mutations=mutations)))


def _window(gateway: Gateway) -> str:
    """The seconds in which the whole quota comes back; unsaid where two have one quota and different rates."""
    windows: dict[int, set[int]] = {}
    for rate in (*(tier.rate for tier in gateway.tiers if tier.rate), gateway.edge.anonymous):
        windows.setdefault(rate.burst, set()).add(math.ceil(rate.burst / rate.per_second))
    known = {burst: found.pop() for burst, found in windows.items() if len(found) == 1}
    return "".join(
        _text(f";w={window}", when=f"{COUNTED} && response.headers['{LIMIT}'] == '{burst}'")
        for burst, window in known.items()
    )


def _header(name: str, *, when: str = COUNTED) -> str:
    return f"%CEL({when} ? response.headers['{name}'] : '')%"


def _text(text: str, *, when: str = COUNTED) -> str:
    return f"%CEL({when} ? '{text}' : '')%"
