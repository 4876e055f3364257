"""A record waits in the lane of its caller's tier."""

import pytest

from bus.records import Received
from tests.fixtures.settings import declared
from workers.lanes import AHEAD, lane_by_tier, open_backlog

GATEWAY = declared()[0]


def record(tier: str | None, offset: int = 0) -> Received:
    """Asked at that tier."""
    headers = (("user-id", b"alice"), *((("user-tier", tier.encode()),) if tier is not None else ()))
    return Received(topic="t", partition=0, offset=offset, timestamp=0, key=None, value=b"", headers=headers)


@pytest.mark.parametrize(
    ("tier", "lane"), [("free", "free"), ("enterprise", "enterprise"), ("platinum", "free"), (None, "free")]
)
def test_a_tier_that_nobody_knows_is_the_lowest(tier: str | None, lane: str) -> None:
    """So that a bad claim never gets anybody ahead."""
    assert lane_by_tier(GATEWAY)(record(tier)) == lane


def test_weights_are_those_of_the_configuration() -> None:
    """And a lane may have twice as much begun as is worked on at once."""
    backlog = open_backlog(GATEWAY, concurrency=100)
    for offset in range(600):
        backlog.put(record(("free", "standard", "enterprise")[offset % 3], offset))
    taken = [found.header("user-tier") for _ in range(42) if (found := backlog.take())]
    assert [taken.count(tier.name) for tier in GATEWAY.tiers] == [2 * tier.weight for tier in GATEWAY.tiers]
    while backlog.take():
        pass
    assert [backlog.in_work(tier.name) for tier in GATEWAY.tiers] == [AHEAD * 100] * 3
