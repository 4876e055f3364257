"""The declared routes, and what every other request is answered."""

import re
from collections.abc import Iterable, Mapping, Sequence

from envoy_data_plane.envoy.config.route.v3 import (
    DirectResponseAction,
    FilterConfig,
    HeaderMatcher,
    RetryPolicy,
    RetryPolicyRetryHostPredicate,
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher
from envoy_data_plane.google.protobuf import Any

from envoy.filters.cors import cors_policy
from envoy.filters.jwt import jwt_required
from envoy.filters.processor import processed
from envoy.names import CORS, EXT_PROC, GUARD, JWT, RATE_LIMIT
from envoy.parts import PREVIOUS_HOSTS, seconds, set_header
from ext_proc.plan import RoutePlan, plan
from ext_proc.plugin import Plugin
from runtime.settings.gateway import Gateway
from runtime.settings.routes import RouteSettings

Plugins = Mapping[str, type[Plugin]]

# The results servers write events as they come: an answer to a client that accepts compression must not be compressed,
# and credentials have done their work.
NOT_FOR_UPSTREAMS = ("accept-encoding", "authorization", "cookie")


def routes(gateway: Gateway, *, plugins: Plugins) -> RouteConfiguration:
    """Declared routes first, exact paths before those with parameters, as the processor's router has them."""
    declared = sorted(gateway.routes, key=lambda route: "{" in route.path)
    host = VirtualHost(
        name="edge",
        domains=["*"],
        routes=[
            *(_declared(route, plan(route, plugins=plugins), gateway=gateway) for route in declared),
            *_other_methods(declared),
            _answered("unknown", RouteMatch(prefix="/"), status=404),
        ],
        typed_per_filter_config={CORS: Any.pack(cors_policy(gateway.edge.cors, methods=_methods(declared)))},
    )
    return RouteConfiguration(name="edge", virtual_hosts=[host])


def _declared(route: RouteSettings, made: RoutePlan, *, gateway: Gateway) -> Route:
    configured = {JWT: Any.pack(jwt_required()), EXT_PROC: Any.pack(processed(body=made.body))}
    if not route.limited:
        configured[RATE_LIMIT] = _off()
    return Route(
        name=route.name,
        match=_match(route, methods=[route.method]),
        route=_forwarded(made.cluster, gateway=gateway) if made.cluster else None,
        direct_response=None if made.cluster else DirectResponseAction(status=503),
        request_body_buffer_limit=route.max_body_bytes or gateway.edge.max_body_bytes,
        request_headers_to_remove=list(NOT_FOR_UPSTREAMS) if made.cluster else [],
        typed_per_filter_config=configured,
    )


def _forwarded(cluster: str, *, gateway: Gateway) -> RouteAction:
    """A stream has no end that can be foreseen; it may not be silent for ever."""
    elsewhere = RetryPolicyRetryHostPredicate(name=PREVIOUS_HOSTS, typed_config=Any.pack(PreviousHostsPredicate()))
    retry = RetryPolicy(
        retry_on="connect-failure,refused-stream,reset-before-request",
        num_retries=2,
        retry_host_predicate=[elsewhere],
        host_selection_retry_max_attempts=5,
    )
    return RouteAction(
        cluster=cluster, timeout=seconds(0), idle_timeout=seconds(gateway.edge.stream_idle), retry_policy=retry
    )


def _other_methods(declared: Sequence[RouteSettings]) -> Iterable[Route]:
    """A known path with another method is answered without a token: what there is, is no secret."""
    for path in dict.fromkeys(route.path for route in declared):
        named = next(route for route in declared if route.path == path)
        allowed = ", ".join((*_methods(other for other in declared if _covers(other, path)), "OPTIONS"))
        for methods, status in ((["OPTIONS"], 204), ([], 405)):
            answered = _answered(f"{named.name}-{status}", _match(named, methods=methods), status=status)
            answered.response_headers_to_add = [set_header("allow", allowed)]
            yield answered


def _covers(route: RouteSettings, path: str) -> bool:
    return route.path == path or re.fullmatch(route.pattern(), path) is not None


def _methods(declared: Iterable[RouteSettings]) -> tuple[str, ...]:
    return tuple(sorted({route.method for route in declared}))


def _answered(name: str, match: RouteMatch, *, status: int) -> Route:
    """A route that Envoy answers by itself, with no filter in the way."""
    off = {name: _off() for name in (RATE_LIMIT, GUARD)}
    return Route(
        name=name, match=match, direct_response=DirectResponseAction(status=status), typed_per_filter_config=off
    )


def _match(route: RouteSettings, *, methods: list[str]) -> RouteMatch:
    headers = [HeaderMatcher(name=":method", string_match=StringMatcher(exact=method)) for method in methods]
    if "{" in route.path:
        return RouteMatch(safe_regex=RegexMatcher(regex=route.pattern()), headers=headers)
    return RouteMatch(path=route.path, headers=headers)


def _off() -> Any:
    return Any.pack(FilterConfig(disabled=True))
