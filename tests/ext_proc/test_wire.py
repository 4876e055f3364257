"""Envoy's messages become values of ours."""

import pytest

from ext_proc import wire
from tests.fixtures.processor import headers_message


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "alice", "exp": 4102444800.5, "admin": False, "nothing": None},
        {"realm": {"tier": "free", "roles": ["a", {"b": [1.0, True]}]}, "list": []},
    ],
)
def test_claims_arrive_as_json(claims: dict[str, object]) -> None:
    """Every kind of value that a token may hold, nested as it was."""
    message = wire.parse(headers_message("GET", "/", claims=claims))
    assert isinstance(message, wire.RequestHeaders)
    assert dict(message.claims) == claims
