"""401 as RFC 6750, 3 has it."""

from ext_proc.reply import Reply, problem

NO_TOKEN = "A bearer token is needed."  # noqa: S105 - it is a sentence
EXPIRED = "The token has expired."
BAD_TICKET = "The ticket is not good: it was used, has expired, or is for something else."


def unauthorized(detail: str, *, realm: str, instance: str, trace_id: str, error: bool = True) -> Reply:
    """Says what is wrong with the credentials; without an `error` there were none, and the realm alone is named."""
    named = f', error="invalid_token", error_description="{detail}"' if error else ""
    return problem(
        401,
        "unauthorized",
        detail,
        instance=instance,
        trace_id=trace_id,
        headers=(("www-authenticate", f'Bearer realm="{realm}"{named}'),),
    )
