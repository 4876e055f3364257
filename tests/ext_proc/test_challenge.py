"""401 says what RFC 6750 has it say."""

import pytest

from ext_proc.challenge import unauthorized


@pytest.mark.parametrize(
    ("error", "expected"),
    [(True, 'Bearer realm="r", error="invalid_token", error_description="No."'), (False, 'Bearer realm="r"')],
)
def test_the_error_is_named_where_there_were_credentials(error: bool, expected: str) -> None:  # noqa: FBT001
    """Without any, the realm alone is said."""
    reply = unauthorized("No.", realm="r", instance="/p", trace_id="t", error=error)
    assert (reply.status, dict(reply.headers)["www-authenticate"]) == (401, expected)
