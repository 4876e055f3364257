"""Reserved names never reach the processor."""

import pytest

from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize(
    "name",
    [
        "user-id",
        "user-tier",
        "user-",
        "user-agenda",
        "user-agen",
        "user-ag",
        "User-Tier",
        "x-gateway-verified",
        "X-Gateway-User",
        "ce-id",
        "identity-sig",
    ],
)
async def test_a_reserved_name_is_removed(edge: Edge, name: str) -> None:
    """A header of ours that a client sends is gone before the processor is asked."""
    _, seen = await edge.ask("/chunks", json={}, headers={name: "forged"})
    assert seen is not None
    assert name.lower() not in seen.head.headers


async def test_the_user_agent_stays(edge: Edge) -> None:
    """The one name of that prefix which clients own is left alone."""
    _, seen = await edge.ask("/chunks", json={}, headers={"user-agent": "me"})
    assert seen is not None
    assert seen.head.headers["user-agent"] == "me"


async def test_the_request_id_is_envoys_own(edge: Edge) -> None:
    """A client cannot choose the id under which its request is logged, and is told the one that was."""
    answer, seen = await edge.ask("/chunks", json={}, headers={"x-request-id": "mine"})
    assert seen is not None
    assert seen.head.headers["x-request-id"] not in {"mine", ""}
    assert seen.head.headers["x-request-id"] == answer.headers["x-request-id"]


async def test_a_header_with_an_underscore_is_refused(edge: Edge) -> None:
    """`ce_id` and `ce-id` are one name to some readers, so the first is not accepted at all."""
    answer, seen = await edge.ask("/chunks", json={}, headers={"ce_id": "forged"})
    assert (answer.status_code, seen) == (400, None)
    assert answer.headers["content-type"] == "application/problem+json"
