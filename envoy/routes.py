"""The declared routes, and what every other request is answered.

Every route but one has a cluster, if only an empty one: on a route without, Envoy applies no CORS.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import betterproto2
from envoy_data_plane.envoy.config.core.v3 import Metadata
from envoy_data_plane.envoy.config.route.v3 import (
    DirectResponseAction,
    FilterConfig,
    HeaderMatcher,
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher
from envoy_data_plane.google.protobuf import Any

from envoy.described import ALLOWED, described, document_routes, longest
from envoy.filters.body import GATHER, LENGTH, at_most, gathered
from envoy.filters.cookie import cookie_read
from envoy.filters.cors import cors_policy
from envoy.filters.jwt import jwt_required
from envoy.filters.processor import processed
from envoy.filters.query import QUERY, credentials_removed
from envoy.forwarding import forwarded
from envoy.names import (
    BULK,
    COOKIE,
    CORS,
    EXT_PROC,
    GUARD,
    JWT,
    NOT_ALLOWED,
    NOT_FOUND,
    RATE_LIMIT,
)
from envoy.parts import set_header
from envoy.refusals import packed, refusing, said, to_nowhere
from envoy.sites import site_routes
from ext_proc.bulk.media import PATTERN
from ext_proc.plan import RoutePlan, plan
from ext_proc.plugin import Plugin
from ext_proc.results.problems import ELSEWHERE
from runtime.settings.bulk import BulkSettings
from runtime.settings.gateway import Gateway
from runtime.settings.routes import RouteSettings

Plugins = Mapping[str, type[Plugin]]
Configured = Mapping[str, betterproto2.Message]

# The results servers write events as they come, so nothing may be compressed; and credentials have done their work.
NOT_FOR_UPSTREAMS = ("accept-encoding", "authorization", "cookie")
LATER = 5.0  # seconds by which Envoy is more patient than who takes an upload, and can tell its client why it ends
PREFLIGHT = (
    HeaderMatcher(name="origin", present_match=True),
    HeaderMatcher(name="access-control-request-method", present_match=True),
)


def routes(gateway: Gateway, *, plugins: Plugins) -> RouteConfiguration:
    """Declared routes first, exact paths before those with parameters, as the processor's router has them."""
    declared = sorted(gateway.routes, key=lambda route: "{" in route.path)
    documents = described(gateway, plugins=plugins)
    host = VirtualHost(
        name="edge",
        domains=["*"],
        routes=[
            *(route for document in documents for route in document_routes(document)),
            *(_described_otherwise(document.name, document.path) for document in documents),
            *(_upload(route, route.bulk) for route in declared if route.bulk),
            *(_declared(route, plan(route, plugins=plugins), gateway=gateway) for route in declared),
            *_other_methods(declared),
            *site_routes(gateway.edge.served),
            refusing("unknown", RouteMatch(prefix="/"), reason=NOT_FOUND),
        ],
        typed_per_filter_config={CORS: Any.pack(cors_policy(gateway.edge.cors, methods=_methods(declared)))},
    )
    return RouteConfiguration(
        name="edge", virtual_hosts=[host], max_direct_response_body_size_bytes=longest(documents) or None
    )


def _described_otherwise(name: str, path: str) -> Route:
    return refusing(f"{name}-other", RouteMatch(path=path), reason=NOT_ALLOWED, metadata=said(allowed=ALLOWED))


def _declared(route: RouteSettings, made: RoutePlan, *, gateway: Gateway) -> Route:
    return Route(
        name=route.name,
        match=_match(route, _is_method(route.method)),
        route=_onward(made.cluster, route, gateway=gateway) if made.cluster else to_nowhere(),
        request_headers_to_remove=list(NOT_FOR_UPSTREAMS),
        metadata=_said_of(route),
        response_headers_to_remove=[ELSEWHERE],
        typed_per_filter_config=packed(_filters(route, made, gateway=gateway)),
    )


def _upload(route: RouteSettings, bulk: BulkSettings) -> Route:
    """The same path with the media type of uploads: the processor sees the headers, and the body flows past it.

    Nothing is gathered, no length is too long, and nothing ends but by silence. What the processor calls an upload
    Envoy must too: of a request that the two see differently the processor's answer fits no route, and nothing passes.
    """
    return Route(
        name=route.name,
        match=_match(route, _is_method(route.method), _is_upload()),
        route=forwarded(BULK, idle=bulk.idle + LATER, harmless=False),
        request_headers_to_remove=list(NOT_FOR_UPSTREAMS),
        metadata=_said_of(route),
        response_headers_to_remove=[ELSEWHERE],
        typed_per_filter_config=packed(_upload_filters(route)),
    )


def _upload_filters(route: RouteSettings) -> Configured:
    configured: dict[str, betterproto2.Message] = {
        JWT: jwt_required(query=route.query_token, optional=False),
        EXT_PROC: processed(body=False),
        QUERY: credentials_removed(ticket=False),
    }
    if not route.limited:
        configured[RATE_LIMIT] = FilterConfig(disabled=True)
    return configured


def _filters(route: RouteSettings, made: RoutePlan, *, gateway: Gateway) -> Configured:
    cap = route.max_body_bytes or gateway.edge.max_body_bytes
    configured: dict[str, betterproto2.Message] = {
        JWT: jwt_required(query=route.query_token, optional=made.token_optional),
        LENGTH: at_most(cap),
        EXT_PROC: processed(body=made.body),
    }
    if made.body:
        configured[GATHER] = gathered(cap)
    if made.cookie:
        configured[COOKIE] = cookie_read()
    if made.cluster or route.query_token or made.token_optional:
        configured[QUERY] = credentials_removed(ticket=made.token_optional)
    if not route.limited:
        configured[RATE_LIMIT] = FilterConfig(disabled=True)
    return configured


def _other_methods(declared: Sequence[RouteSettings]) -> Iterable[Route]:
    """A known path with another method is answered without a token: what there is, is no secret."""
    for path in dict.fromkeys(route.path for route in declared):
        named = next(route for route in declared if route.path == path)
        allowed = ", ".join((*_methods(other for other in declared if _covers(other, path)), "OPTIONS"))
        preflight = _match(named, _is_method("OPTIONS"), *PREFLIGHT)
        metadata = _said_of(named, allowed=allowed)
        yield refusing(f"{named.name}-preflight", preflight, reason=NOT_ALLOWED, metadata=metadata)
        yield _options(named, allowed=allowed)
        yield refusing(f"{named.name}-other", _match(named), reason=NOT_ALLOWED, metadata=metadata)


def _options(named: RouteSettings, *, allowed: str) -> Route:
    return Route(
        name=f"{named.name}-options",
        match=_match(named, _is_method("OPTIONS")),
        direct_response=DirectResponseAction(status=204),
        response_headers_to_add=[set_header("allow", allowed)],
        typed_per_filter_config=packed({name: FilterConfig(disabled=True) for name in (RATE_LIMIT, GUARD)}),
    )


def _onward(cluster: str, route: RouteSettings, *, gateway: Gateway) -> RouteAction:
    return forwarded(cluster, idle=gateway.edge.stream_idle, harmless=route.method == "GET")


def _said_of(route: RouteSettings, *, allowed: str = "") -> Metadata:
    return said(allowed=allowed, bare=route.profile == "zilla")


def _covers(route: RouteSettings, path: str) -> bool:
    return route.path == path or re.fullmatch(route.pattern(), path) is not None


def _methods(declared: Iterable[RouteSettings]) -> tuple[str, ...]:
    return tuple(sorted({route.method for route in declared}))


def _is_method(method: str) -> HeaderMatcher:
    return HeaderMatcher(name=":method", string_match=StringMatcher(exact=method))


def _is_upload() -> HeaderMatcher:
    return HeaderMatcher(name="content-type", string_match=StringMatcher(safe_regex=RegexMatcher(regex=PATTERN)))


def _match(route: RouteSettings, *headers: HeaderMatcher) -> RouteMatch:
    if "{" in route.path:
        return RouteMatch(safe_regex=RegexMatcher(regex=route.pattern()), headers=list(headers))
    return RouteMatch(path=route.path, headers=list(headers))
