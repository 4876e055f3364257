"""Who calls: the verified payload of a token goes to dynamic metadata, the token no further than to the next filters.

Each issuer has a provider, and where a route takes tokens from the query a second one that looks there too:
what a provider reads, it reads on every route that names it. So routes differ in what they require, by two questions:
may the token stand in the query, and may there be none.
"""

from collections.abc import Iterable

from envoy_data_plane.envoy.config.core.v3 import DataSource, HttpUri
from envoy_data_plane.envoy.extensions.filters.http.jwt_authn.v3 import (
    JwksAsyncFetch,
    JwtAuthentication,
    JwtCacheConfig,
    JwtHeader,
    JwtProvider,
    JwtRequirement,
    JwtRequirementOrList,
    PerRouteConfig,
    RemoteJwks,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.google.protobuf import Empty

from envoy.jwks import cluster_name, read_jwks
from envoy.names import JWT, JWT_METADATA, QUERY_TOKEN
from envoy.parts import http_filter, seconds
from runtime.settings.gateway import Gateway
from runtime.settings.identity import IssuerSettings

# The scheme is case-insensitive (RFC 9110, 11.1); Envoy compares it as it stands.
SCHEMES = ("Bearer ", "bearer ", "BEARER ")
FETCH_SECONDS = 5.0


def jwt_filter(gateway: Gateway) -> HttpFilter:
    """The filter; it asks for a token on routes that say so with `jwt_required`, and on no other."""
    issuers = gateway.identity.issuers
    kinds = {False, any(route.query_token for route in gateway.routes)}
    message = JwtAuthentication(
        providers={_name(issuer, query=query): _provider(issuer, query=query) for query in kinds for issuer in issuers},
        requirement_map={
            _requirement(query=query, optional=optional): _any_of(
                (_name(issuer, query=query) for issuer in issuers), optional=optional
            )
            for query in kinds
            for optional in (False, True)
        },
        strip_failure_response=True,  # else the path, query and all, is shown in www-authenticate
    )
    return http_filter(JWT, message, disabled=True)


def jwt_required(*, query: bool = False, optional: bool = False) -> PerRouteConfig:
    """What a route says that wants a token; one that is `optional` must still be good if it is there."""
    return PerRouteConfig(requirement_name=_requirement(query=query, optional=optional))


def _requirement(*, query: bool, optional: bool) -> str:
    return ("token-or-none" if optional else "token") + ("-with-query" if query else "")


def _name(issuer: IssuerSettings, *, query: bool) -> str:
    """No issuer's own name has a `?` in it."""
    return f"{issuer.name}?{QUERY_TOKEN}" if query else issuer.name


def _provider(issuer: IssuerSettings, *, query: bool) -> JwtProvider:
    return JwtProvider(
        issuer=issuer.issuer,
        audiences=list(issuer.audiences),
        require_expiration=True,
        clock_skew_seconds=round(issuer.leeway),
        from_headers=[JwtHeader(name="authorization", value_prefix=scheme) for scheme in SCHEMES],
        from_params=[QUERY_TOKEN] if query else [],
        payload_in_metadata=JWT_METADATA,
        forward=query,  # taking a parameter away is left to `envoy.filters.query`, and why is said there
        local_jwks=DataSource(inline_string=read_jwks(issuer)) if issuer.jwks.file else None,
        remote_jwks=_remote(issuer) if issuer.jwks.url else None,
        jwt_cache_config=_remembered(issuer.most_remembered),
    )


def _remembered(tokens: int) -> JwtCacheConfig | None:
    """Of a token that it remembers Envoy forgives a minute after `exp`, whatever the leeway: the processor looks again."""
    return JwtCacheConfig(jwt_cache_size=tokens) if tokens else None


def _remote(issuer: IssuerSettings) -> RemoteJwks:
    return RemoteJwks(
        http_uri=HttpUri(uri=issuer.jwks.url or "", cluster=cluster_name(issuer), timeout=seconds(FETCH_SECONDS)),
        cache_duration=seconds(issuer.jwks.cache),
        async_fetch=JwksAsyncFetch(fast_listener=True),
    )


def _any_of(providers: Iterable[str], *, optional: bool) -> JwtRequirement:
    requirements = [JwtRequirement(provider_name=name) for name in providers]
    if optional:
        requirements.append(JwtRequirement(allow_missing=Empty()))
    if len(requirements) == 1:
        return requirements[0]
    return JwtRequirement(requires_any=JwtRequirementOrList(requirements=requirements))
