"""What the board says of a query, as its reader is told."""

from math import ceil

from ext_proc.load.board import Board
from ext_proc.results.reader.prospects import Prospect
from ext_proc.results.reader.subscription import Subscription

QUERIES = "rag.queries"
"""The topic that the first stage reads: what its records ask for is what waits there."""


class BoardProspects:
    """As `Prospects`, for streams whose keys are proved by the topic of queries; of any other nothing is known."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def of(self, wants: Subscription, *, asked_at: int) -> Prospect | None:
        """As `Prospects`. The tier is the reader's, which is nearly always that of the query."""
        place = self._board.place(wants.tier, asked_at) if wants.known_by == QUERIES else None
        if place is None:
            return None
        return Prospect(position=place.position, eta_seconds=None if place.eta is None else ceil(place.eta))
