"""Who calls: one provider for each issuer; the verified payload goes to dynamic metadata, the token no further."""

from envoy_data_plane.envoy.config.core.v3 import DataSource, HttpUri
from envoy_data_plane.envoy.extensions.filters.http.jwt_authn.v3 import (
    JwksAsyncFetch,
    JwtAuthentication,
    JwtHeader,
    JwtProvider,
    JwtRequirement,
    JwtRequirementOrList,
    PerRouteConfig,
    RemoteJwks,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.jwks import cluster_name, read_jwks
from envoy.names import JWT, JWT_METADATA, JWT_REQUIREMENT
from envoy.parts import http_filter, seconds
from runtime.settings.gateway import Gateway
from runtime.settings.identity import IssuerSettings

# The scheme is case-insensitive (RFC 9110, 11.1); Envoy compares it as it stands.
SCHEMES = ("Bearer ", "bearer ", "BEARER ")
FETCH_SECONDS = 5.0


def jwt_filter(gateway: Gateway) -> HttpFilter:
    """The filter; it asks for a token on routes that say so with `jwt_required`, and on no other."""
    issuers = gateway.identity.issuers
    message = JwtAuthentication(
        providers={issuer.name: _provider(issuer) for issuer in issuers},
        requirement_map={JWT_REQUIREMENT: _any_of([issuer.name for issuer in issuers])},
        strip_failure_response=True,  # else the path, query and all, is shown in www-authenticate
    )
    return http_filter(JWT, message, disabled=True)


def jwt_required() -> PerRouteConfig:
    """What a route says that wants a token."""
    return PerRouteConfig(requirement_name=JWT_REQUIREMENT)


def _provider(issuer: IssuerSettings) -> JwtProvider:
    return JwtProvider(
        issuer=issuer.issuer,
        audiences=list(issuer.audiences),
        require_expiration=True,
        clock_skew_seconds=round(issuer.leeway),
        from_headers=[JwtHeader(name="authorization", value_prefix=scheme) for scheme in SCHEMES],
        payload_in_metadata=JWT_METADATA,
        forward=False,
        local_jwks=DataSource(inline_string=read_jwks(issuer)) if issuer.jwks.file else None,
        remote_jwks=_remote(issuer) if issuer.jwks.url else None,
    )


def _remote(issuer: IssuerSettings) -> RemoteJwks:
    return RemoteJwks(
        http_uri=HttpUri(uri=issuer.jwks.url or "", cluster=cluster_name(issuer), timeout=seconds(FETCH_SECONDS)),
        cache_duration=seconds(issuer.jwks.cache),
        async_fetch=JwksAsyncFetch(fast_listener=True),
    )


def _any_of(providers: list[str]) -> JwtRequirement:
    requirements = [JwtRequirement(provider_name=name) for name in providers]
    if len(requirements) == 1:
        return requirements[0]
    return JwtRequirement(requires_any=JwtRequirementOrList(requirements=requirements))
