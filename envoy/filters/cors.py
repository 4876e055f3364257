"""Which browsers' pages may call, decided before a token is asked for."""

from envoy_data_plane.envoy.extensions.filters.http.cors.v3 import Cors, CorsPolicy
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher

from envoy.names import CORS
from envoy.parts import http_filter
from runtime.settings.edge import CorsSettings

EXPOSED = (
    "location",
    "etag",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "www-authenticate",
    "idempotent-replayed",
    "preference-applied",
    "x-request-id",
)
"""Response headers that a page's script may read."""


def cors_filter() -> HttpFilter:
    """The filter; what it allows is the virtual host's policy."""
    return http_filter(CORS, Cors())


def cors_policy(cors: CorsSettings, *, methods: tuple[str, ...]) -> CorsPolicy:
    """The policy of the virtual host; without an origin none matches, and CORS is off."""
    return CorsPolicy(
        allow_origin_string_match=[_origin(origin) for origin in cors.origins],
        allow_methods=", ".join(methods),
        allow_headers=", ".join(cors.headers),
        expose_headers=", ".join(EXPOSED),
        max_age=str(cors.max_age),
        allow_credentials=cors.credentials,
        forward_not_matching_preflights=False,  # answered here, without leave: no other filter knows of preflights
    )


def _origin(origin: str) -> StringMatcher:
    return StringMatcher(safe_regex=RegexMatcher(regex=".*")) if origin == "*" else StringMatcher(exact=origin)
