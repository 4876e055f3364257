"""Leases that were renewed, and the streams whose leases they are, whichever connection or replica renewed them."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from ext_proc.results.reader.subscription import Subscription

LIMIT = 10_000  # renewals remembered; without one, a stream that opens in that moment ends when its own token does
RECENT = 60_000  # ms


class Renewable(Protocol):
    """An open stream."""

    def renew(self, expires: float) -> None:
        """Lasts until then (seconds since the epoch; 0 for ever), or until its own end if that is later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """One user's streams of one key of a topic, or, without a key, of the whole of it."""

    topic: str
    key: str | None
    user_id: str

    @classmethod
    def of(cls, wants: Subscription) -> Self:
        """Those that a stream is one of."""
        return cls(topic=wants.topic, key=wants.key, user_id=wants.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A token of that tier, valid until `expires` (seconds since the epoch; 0 without end), renews these streams."""

    streams: Streams
    tier: str
    expires: float


class Renewals:
    """Extends streams. A stream shows what its tier may see, so a token of a lower tier does not extend it.

    A renewal counts for the streams that are open, and for those that open within `RECENT`: one may just be on its way.
    """

    def __init__(self, *, tiers: Sequence[str]) -> None:
        self._tiers = {tier: rank for rank, tier in enumerate(tiers)}
        self._open: dict[Streams, dict[Renewable, str]] = {}
        self._recent: OrderedDict[tuple[Streams, str], tuple[int, Renewal]] = OrderedDict()

    def add(self, renewal: Renewal, *, now: int) -> None:
        """Extends what is open, and remembers for what opens next; `now` is in ms."""
        for stream, tier in self._open.get(renewal.streams, {}).items():
            self._extend(stream, tier, renewal)
        place = (renewal.streams, renewal.tier)
        self._recent[place] = (now, renewal)
        self._recent.move_to_end(place)
        while self._recent and (len(self._recent) > LIMIT or next(iter(self._recent.values()))[0] + RECENT < now):
            self._recent.popitem(last=False)

    @contextmanager
    def reaching(self, streams: Streams, stream: Renewable, *, tier: str) -> Iterator[None]:
        """Renewals reach `stream`, which has begun with `tier`, while the context is open."""
        for name in self._tiers:
            if found := self._recent.get((streams, name)):
                self._extend(stream, tier, found[1])
        here = self._open.setdefault(streams, {})
        here[stream] = tier
        try:
            yield
        finally:
            del here[stream]
            if not here:
                del self._open[streams]

    def _extend(self, stream: Renewable, tier: str, renewal: Renewal) -> None:
        if self._tiers.get(renewal.tier, -1) >= self._tiers.get(tier, len(self._tiers)):
            stream.renew(renewal.expires)
