"""Names that more than one part of the bootstrap must agree on."""

PROCESSOR = "processor"
RESULTS = "results"
LISTENER = "edge"

CORS = "envoy.filters.http.cors"
JWT = "envoy.filters.http.jwt_authn"
RATE_LIMIT = "envoy.filters.http.local_ratelimit"
EXT_PROC = "envoy.filters.http.ext_proc"
GUARD = "envoy.filters.http.rbac"

JWT_METADATA = "jwt"
"""The key under which the token's payload lies in jwt_authn's dynamic metadata; the processor reads it there."""

JWT_REQUIREMENT = "token"
"""The one requirement of all routes: a token of any issuer of the file."""
