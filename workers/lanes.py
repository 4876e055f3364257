"""A worker's lanes: one for each tier of gateway.yaml."""

from bus.records import Received
from runtime.settings.gateway import Gateway
from workers.backlog import Backlog, LaneOf
from workers.turns import Turns

AHEAD = 2  # records of one lane that were begun, those that rest included, for each that may be in work


def lane_by_tier(gateway: Gateway) -> LaneOf:
    """A record's lane is its caller's tier; the lowest where the tier is unknown or missing."""
    tiers = {tier.name.encode(): tier.name for tier in gateway.tiers}
    lowest = gateway.tier(None).name

    def lane_of(record: Received) -> str:
        for name, value in record.headers:
            if name == "user-tier":
                return tiers.get(value, lowest)
        return lowest

    return lane_of


def open_backlog(gateway: Gateway, *, concurrency: int) -> Backlog:
    """An empty backlog in which tiers take turns by their weights."""
    weights = {tier.name: tier.weight for tier in gateway.tiers}
    return Backlog(turns=Turns(weights), lane_of=lane_by_tier(gateway), each=AHEAD * concurrency)
