"""What the topic of loads says, as it is brought."""

import logging
from collections.abc import Mapping, Sequence

from bus.records import Partition, Received
from ext_proc.load.board import Board
from ext_proc.results.trust import Trust
from schemas.errors import Malformed
from schemas.load import Load, decode_load

WARM = 15_000
"""ms of the topic that a starting results server reads: as far back as what a worker has said still counts."""

_log = logging.getLogger("sluice.load")


class Reports:
    """Follows one topic for a board. Only what Sluice has signed counts, and records of other types are passed over."""

    def __init__(self, *, topic: str, board: Board, trust: Trust) -> None:
        self.topic = topic
        self._board = board
        self._trust = trust
        self._positions: dict[Partition, int] = {}

    def begin(self, partition: Partition, *, offset: int) -> None:
        """`partition` is followed from `offset` on, if it is of this topic."""
        if partition.topic == self.topic:
            self._positions.setdefault(partition, offset)

    def positions(self) -> Mapping[Partition, int]:
        """The next offset expected of each partition."""
        return self._positions

    def push(self, records: Sequence[Received]) -> None:
        """Takes what is brought, of whichever topic."""
        for record in records:
            if record.topic == self.topic and record.offset >= self._positions.get(record.at, 0):
                self._positions[record.at] = record.offset + 1
                self._take(record)

    def lose(self, partition: Partition, *, position: int) -> None:
        """What is missed of `partition` before `position` was old."""
        if partition.topic == self.topic:
            self._positions[partition] = position

    def _take(self, record: Received) -> None:
        if record.key is None or record.value is None or record.header("ce_type") != Load.type:
            return
        if not self._trust(record):
            return
        try:
            load = decode_load(record.value)
        except Malformed as error:
            _log.warning("a worker's load is not as its type says: %s", error)
        else:
            self._board.note(record.key.decode("utf-8", "replace"), load, at=record.timestamp)
