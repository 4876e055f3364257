"""Which credentials a route takes, and what they are."""

from collections.abc import Sequence
from typing import Any

from ext_proc.described.parts import Told
from ext_proc.tickets import COOKIE_NAME, PARAMETER
from runtime.settings.gateway import Gateway

TOKEN, QUERY_TOKEN, TICKET, COOKIE = "token", "query_token", "ticket", "cookie"  # names of schemes


def security(told: Told) -> list[dict[str, list[str]]]:
    """What opens the route, each by itself."""
    scopes = [scope for part in told.parts for scope in part.scopes]
    found = [{TOKEN: scopes}]
    if told.route.query_token:
        found.append({QUERY_TOKEN: scopes})
    if told.plan.token_optional:
        found += [{TICKET: []}, {COOKIE: []}]
    return found


def security_schemes(gateway: Gateway, routes: Sequence[Told]) -> dict[str, Any]:
    """The schemes that some route names."""
    named = {name for told in routes for each in security(told) for name in each}
    return {name: scheme for name, scheme in _schemes(gateway).items() if name in named}


def _schemes(gateway: Gateway) -> dict[str, Any]:
    issuers = "; ".join(
        f"of `{issuer.issuer}` for {' or '.join(f'`{audience}`' for audience in issuer.audiences)}"
        for issuer in gateway.identity.issuers
    )
    return {
        TOKEN: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A token {issuers}. Scopes are the token's own.",
        },
        QUERY_TOKEN: {
            "type": "apiKey",
            "in": "query",
            "name": "access_token",
            "description": "The same, for clients that can set no header (RFC 6750, 2.3).",
        },
        TICKET: {
            "type": "apiKey",
            "in": "query",
            "name": PARAMETER,
            "description": "A ticket that opens one path, once, for a minute.",
        },
        COOKIE: {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE_NAME,
            "description": "What a ticket was changed for, until its token ends.",
        },
    }
