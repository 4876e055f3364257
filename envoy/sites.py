"""Sites: what the edge serves besides the gateway. Nobody is asked for a token, and nothing of theirs meets the processor.

They have clusters of their own: a site that hangs or is gone takes nothing from the gateway.
"""

from collections.abc import Iterator, Sequence

from envoy_data_plane.envoy.config.cluster.v3 import (
    CircuitBreakers,
    CircuitBreakersThresholds,
    Cluster,
    ClusterDiscoveryType,
)
from envoy_data_plane.envoy.config.route.v3 import (
    FilterConfig,
    HeaderMatcher,
    RedirectAction,
    RedirectActionRedirectResponseCode,
    Route,
    RouteMatch,
)
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher

from envoy.endpoints import assignment
from envoy.forwarding import forwarded
from envoy.names import GUARD, NOT_ALLOWED, RATE_LIMIT
from envoy.parts import seconds, socket_address
from envoy.refusals import packed, refusing, said
from runtime.settings.sites import SiteSettings

CONNECT_SECONDS = 1.0
REQUESTS = 4096
"""Requests at once to one site, streams included; past it 503. The rest of what `edge.max_connections` allows is the
gateway's own."""

BUFFER = 256 * 1024
"""Bytes that Envoy keeps for a slow reader before it stops reading from the site."""

ALLOWED = "GET, HEAD"
_READING = HeaderMatcher(name=":method", string_match=StringMatcher(safe_regex=RegexMatcher(regex="GET|HEAD")))
_UNGUARDED = packed({name: FilterConfig(disabled=True) for name in (RATE_LIMIT, GUARD)})


def site_routes(sites: Sequence[SiteSettings]) -> Iterator[Route]:
    """Their prefixes, the same without the last slash, and `/` where one of them is at home."""
    for site in sites:
        prefix, bare = RouteMatch(prefix=site.prefix, headers=[_READING]), site.prefix.rstrip("/")
        yield _onward(site, prefix)
        yield refusing(
            _name(site, "other"), RouteMatch(prefix=site.prefix), reason=NOT_ALLOWED, metadata=said(allowed=ALLOWED)
        )
        yield from _redirected(site, _name(site, "bare"), bare)
        if site.home:
            yield from _redirected(site, _name(site, "home"), "/")


def site_clusters(sites: Sequence[SiteSettings]) -> list[Cluster]:
    """One for each; Envoy is ready without them."""
    return [_cluster(site) for site in sites]


def _onward(site: SiteSettings, match: RouteMatch) -> Route:
    return Route(
        name=_name(site),
        match=match,
        route=forwarded(_name(site), idle=site.idle, harmless=True),
        typed_per_filter_config=_UNGUARDED,
    )


def _redirected(site: SiteSettings, name: str, path: str) -> Iterator[Route]:
    yield Route(
        name=name,
        match=RouteMatch(path=path, headers=[_READING]),
        redirect=RedirectAction(path_redirect=site.prefix, response_code=RedirectActionRedirectResponseCode.FOUND),
        typed_per_filter_config=_UNGUARDED,
    )
    yield refusing(f"{name}-other", RouteMatch(path=path), reason=NOT_ALLOWED, metadata=said(allowed=ALLOWED))


def _cluster(site: SiteSettings) -> Cluster:
    thresholds = CircuitBreakersThresholds(
        max_connections=REQUESTS, max_pending_requests=REQUESTS, max_requests=REQUESTS, max_retries=REQUESTS
    )
    return Cluster(
        name=_name(site),
        type=ClusterDiscoveryType.STRICT_DNS,
        connect_timeout=seconds(CONNECT_SECONDS),
        load_assignment=assignment(_name(site), [socket_address(site.host, site.port)]),
        per_connection_buffer_limit_bytes=BUFFER,
        circuit_breakers=CircuitBreakers(thresholds=[thresholds]),
        wait_for_warm_on_init=False,
    )


def _name(site: SiteSettings, *more: str) -> str:
    return "-".join(("site", site.name, *more))
