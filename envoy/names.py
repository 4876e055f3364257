"""Names that more than one part of the bootstrap must agree on."""

PROCESSOR = "processor"
RESULTS = "results"
BULK = "bulk"
TRACES = "traces"
NOWHERE = "nowhere"
"""A cluster without endpoints, for routes that never get so far; Envoy's filters want a route to have one."""

LISTENER = "edge"

NOT_FOUND, NOT_ALLOWED, NOT_PROCESSED, TOO_LARGE = "not-found", "not-allowed", "none", "too-large"
"""Why a request is refused; `none` is Envoy's own word for what no policy allows."""

ROUTE_METADATA, ALLOW, BARE = "sluice", "allow", "bare"
"""Where a route keeps the methods that its path has, and whether its errors are answered without a body."""

CORS = "envoy.filters.http.cors"
JWT = "envoy.filters.http.jwt_authn"
RATE_LIMIT = "envoy.filters.http.local_ratelimit"
EXT_PROC = "envoy.filters.http.ext_proc"
GUARD = "envoy.filters.http.rbac"

JWT_METADATA = "jwt"
"""The key under which the token's payload lies in jwt_authn's dynamic metadata; the processor reads it there."""

COOKIE = "envoy.filters.http.header_to_metadata"
QUERY_TOKEN = "access_token"  # noqa: S105 - the name of a parameter
"""The parameter in which RFC 6750, 2.3 allows a token to stand."""
