"""Every answer that Envoy makes by itself, as a problem (RFC 9457): one table, the first row that matches wins."""

from dataclasses import dataclass

from envoy.filters.guard import refusal
from envoy.names import ALLOW, BARE, NOT_ALLOWED, NOT_FOUND, NOT_PROCESSED, ROUTE_METADATA, TOO_LARGE
from ext_proc.challenge import EXPIRED, NO_TOKEN

OURS = "response.code_details.startsWith('gw_')"
"""What the processor answered; it is a problem, or what a plugin wants, already."""


_SAID = f"xds.route_metadata.filter_metadata['{ROUTE_METADATA}']"
ON_BARE_ROUTE = f"'{ROUTE_METADATA}' in xds.route_metadata.filter_metadata && {_SAID}['{BARE}'] == true"
"""The route answers errors with status and headers alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoyProblem:
    """One row of the table.

    Attributes:
        when: A CEL expression on the reply.
        reason: The end of the problem's type.
        title: The problem's title: the status's own phrase.
        detail: For people. Says nothing of sockets, keys or upstreams.
        status: The status to answer with; `None` leaves Envoy's.
        headers: Headers to add.
    """

    when: str
    reason: str
    title: str
    detail: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


def problems(*, realm: str, retry_after: int) -> tuple[EnvoyProblem, ...]:
    """The table. `retry_after` is in seconds, for what passes by itself."""
    return (*_tokens(realm, retry_after), *_by_details(retry_after), *_by_status(), _anything())


def _tokens(realm: str, retry_after: int) -> tuple[EnvoyProblem, ...]:
    """RFC 6750, 3.1: a request without a token is told no error, one with a bad token which."""
    missing = EnvoyProblem(
        when=_denied("Jwt_is_missing"),
        reason="unauthorized",
        title="Unauthorized",
        detail=NO_TOKEN,
        status=401,
        headers=(("www-authenticate", f'Bearer realm="{realm}"'),),
    )
    keys = _unavailable(_denied("Jwks_remote_fetch"), "keys-unavailable", "Tokens cannot be verified now.", retry_after)
    bad = (
        ("Jwt_is_expired", EXPIRED),
        ("Jwt_not_yet_valid", "The token is not valid yet."),
        ("Audiences_in_Jwt", "The token is for another audience."),
        ("Jwt_issuer_is_not_configured", "The token's issuer is not known here."),
        ("", "The token is malformed, or its signature cannot be verified."),
    )
    return (missing, keys, *(_invalid_token(realm, _denied(kind), detail) for kind, detail in bad))


def _by_details(retry_after: int) -> tuple[EnvoyProblem, ...]:
    """What the details of a reply tell more exactly than its status does."""
    no_verdict = _either(
        "response.code_details.startsWith('ext_proc_error')",
        "response.code_details == 'spurious_message'",
        _refused(NOT_PROCESSED),
    )
    upstream = _either(
        "response.code_details.startsWith('upstream_reset_before_response_started')",
        "response.code_details.startsWith('no_healthy_upstream')",
        "response.code_details == 'response_timeout'",
        "response.code_details.startsWith('upstream_response_timeout')",
    )
    return (
        _unavailable(no_verdict, "processor-unavailable", "The request could not be processed now.", retry_after),
        _unavailable(upstream, "upstream-unavailable", "What would answer cannot be reached now.", retry_after),
        EnvoyProblem(
            when=_either("response.code == 413", _refused(TOO_LARGE)),
            reason="too-large",
            title="Content Too Large",
            detail="The body is over the route's limit.",
            status=413,
        ),
        EnvoyProblem(
            when=_either("response.code == 404", _refused(NOT_FOUND)),
            reason="not-found",
            title="Not Found",
            detail="There is no such resource.",
            status=404,
        ),
        EnvoyProblem(
            when=_refused(NOT_ALLOWED),
            reason="method-not-allowed",
            title="Method Not Allowed",
            detail="The resource does not have this method; see Allow.",
            status=405,
            headers=(("allow", f"%METADATA(ROUTE:{ROUTE_METADATA}:{ALLOW})%"),),
        ),
        EnvoyProblem(
            when="response.code_details == 'local_rate_limited'",
            reason="rate-limited",
            title="Too Many Requests",
            detail="The caller's rate is used up.",
        ),
    )


def _by_status() -> tuple[EnvoyProblem, ...]:
    rows = (
        (400, "bad-request", "Bad Request", "The request is not valid HTTP, or has a header that is not accepted."),
        (403, "forbidden", "Forbidden", "The request is not allowed."),
        (408, "timeout", "Request Timeout", "The request did not arrive in time."),
        (414, "uri-too-long", "URI Too Long", "The URI is too long."),
        (426, "upgrade-required", "Upgrade Required", "This version of HTTP is not spoken here."),
        (431, "headers-too-large", "Request Header Fields Too Large", "The headers are over the limit."),
    )
    return tuple(
        EnvoyProblem(when=f"response.code == {status}", reason=reason, title=title, detail=detail)
        for status, reason, title, detail in rows
    )


def _anything() -> EnvoyProblem:
    return EnvoyProblem(
        when="response.code >= 400", reason="gateway", title="Error", detail="The gateway could not serve the request."
    )


def _refused(reason: str) -> str:
    return f"response.code_details == '{refusal(reason)}'"


def _denied(kind: str) -> str:
    return f"response.code_details.startsWith('jwt_authn_access_denied{{{kind}')"


def _invalid_token(realm: str, when: str, detail: str) -> EnvoyProblem:
    challenge = f'Bearer realm="{realm}", error="invalid_token", error_description="{detail}"'
    return EnvoyProblem(
        when=when,
        reason="unauthorized",
        title="Unauthorized",
        detail=detail,
        status=401,
        headers=(("www-authenticate", challenge),),
    )


def _unavailable(when: str, reason: str, detail: str, retry_after: int) -> EnvoyProblem:
    return EnvoyProblem(
        when=when,
        reason=reason,
        title="Service Unavailable",
        detail=detail,
        status=503,
        headers=(("retry-after", str(retry_after)),),
    )


def _either(*expressions: str) -> str:
    return " || ".join(f"({expression})" for expression in expressions)
