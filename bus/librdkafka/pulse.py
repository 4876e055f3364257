"""When a group has last heard of its member, from what librdkafka counts.

librdkafka says nothing of a single heartbeat. But at an interval it tells its counts: how many heartbeats it has sent to
the coordinator, how many requests are unanswered there, and how often that connection has failed. It sends one heartbeat
at a time. So if another has been sent, or nothing is unanswered, then the one before was answered, unless the connection
has failed since; and it was sent after the counts in which it was not there yet. That moment is what counts, and not the
one of the answer, which may have lain there while this process was frozen.

Times are the caller's: for each telling, a moment before it was told. Everything errs towards "longer ago".
"""

import json
from dataclasses import dataclass

NEVER = float("-inf")
COORDINATOR = "GroupCoordinator"  # what librdkafka calls its connection to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What librdkafka tells of its coordinator.

    Attributes:
        sent: Heartbeats.
        open: Requests on their way, or unanswered.
        broken: Anything that took a request along without an answer.
        rebalances: Changes of the assignment, told to us or about to be.
    """

    sent: int = 0
    open: int = 0
    broken: int = 0
    rebalances: int = 0


def counts(told: str) -> Counts:
    """The counts in a text of librdkafka's statistics."""
    statistics = json.loads(told)
    rebalances = statistics.get("cgrp", {}).get("rebalance_cnt", 0)
    broker = statistics["brokers"].get(COORDINATOR)
    if broker is None:
        return Counts(rebalances=rebalances)
    return Counts(
        sent=broker["req"].get("Heartbeat", 0),
        open=broker["outbuf_cnt"] + broker["waitresp_cnt"],
        broken=broker["disconnects"] + broker["req_timeouts"] + broker["txerrs"] + broker["rxerrs"],
        rebalances=rebalances,
    )


class Pulse:
    """Written by the polling thread, read by any."""

    def __init__(self) -> None:
        self.heard = NEVER
        self._last = Counts()
        self._told = NEVER
        self._unanswered: float | None = None  # since when the newest heartbeat may have been on its way

    def joined(self, since: float) -> None:
        """The group has given the member something, not before `since`."""
        self.heard = max(self.heard, since)

    def lost(self) -> None:
        """The group has thrown the member out."""
        self.heard = NEVER
        self._unanswered = None

    def beat(self, now: Counts, since: float, *, same: bool) -> None:
        """Takes in what librdkafka has counted, not before `since`; it is no news of a member that is not the same."""
        if same and now.broken == self._last.broken:
            self._look(now)
        else:
            self._unanswered = None
        self._last, self._told = now, since

    def _look(self, now: Counts) -> None:
        more = now.sent > self._last.sent
        if self._unanswered is not None and (more or not now.open):
            self.heard = max(self.heard, self._unanswered)
            self._unanswered = None
        if more and now.open:
            self._unanswered = self._told
        elif more:
            self.heard = max(self.heard, self._told)
