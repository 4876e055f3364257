"""Which tickets are spent, and by which request: the first that says so in the log has it."""

from collections import OrderedDict
from dataclasses import dataclass

LIMIT = 100_000  # tickets remembered, about 40 MB
GRACE = 30_000  # ms that a ticket may be on its way from the processor, and that clocks may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request says that it spends a ticket. Times are in ms since the epoch; the ticket is good from one to the other."""

    ticket: str
    holder: str
    issued_at: int
    until: int


class Claims:
    """Remembers tickets until they are good no longer.

    Where there are more than `limit`, the oldest are forgotten, and with them every ticket that was issued before the
    youngest of those: what cannot be known any more is taken to be spent.
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._limit = limit
        self._claims: OrderedDict[str, Claim] = OrderedDict()
        self._horizon = 0

    def add(self, claim: Claim, *, now: int) -> None:
        """Learns of a claim; claims come in the order of the log, so that the first one stands."""
        self._claims.setdefault(claim.ticket, claim)
        while self._claims and next(iter(self._claims.values())).until + GRACE < now:
            self._claims.popitem(last=False)
        while len(self._claims) > self._limit:
            _, oldest = self._claims.popitem(last=False)
            self.lose(oldest.issued_at)

    def lose(self, issued_at: int) -> None:
        """Of tickets that were issued until then, nothing is known."""
        self._horizon = max(self._horizon, issued_at)

    def holder(self, ticket: str) -> str | None:
        """Who has spent it; `None` where nobody is known to have."""
        claim = self._claims.get(ticket)
        return claim.holder if claim else None

    def judges(self, *, issued_at: int, until: int, now: int) -> bool:
        """Whether all that was ever claimed on such a ticket is known here."""
        return self._horizon < issued_at and now <= until + GRACE
