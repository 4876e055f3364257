"""What the records of one key come to. Pure: every replica that has read the same records says the same.

```
             Claimed                    Fulfilled
  (nothing) ─────────► claimed ───────────────────────────► fulfilled, for as long as it is kept
                        │  ▲ Claimed, once the lease has run out, for the same request
               Released │  │ Claimed, for any
                        ▼  │
                       released
```
Whatever has no arrow changes nothing: the first claim stands, and the first record written is the answer.
Time is that of the records, never that of whoever reads them.
"""

from dataclasses import dataclass, replace

from schemas.idempotency import Claimed, Fulfilled, Origin, Released, Said, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For how long things count, in ms.

    Attributes:
        kept: A key is known for so long after its last record that counted.
        lease: A claim keeps others off for so long.
    """

    kept: int
    lease: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one key.

    Attributes:
        holder: The request whose claim stands, or whose record is the answer.
        origin: The first request with this key.
        since: The timestamp of the record that made it so, in ms since the epoch.
        written: The answer's record, once there is one.
        released: The holder has given up.
    """

    holder: bytes
    origin: Origin
    since: int
    written: Written | None = None
    released: bool = False

    def known(self, *, now: int, terms: Terms) -> bool:
        """Whether it still counts."""
        return now < self.since + terms.kept

    def open_to(self, fingerprint: bytes, *, now: int, terms: Terms) -> bool:
        """Whether another request of that fingerprint may take over.

        What a holder that has vanished did is not known, so only the same request may be tried again in its place.
        """
        if self.written is not None:
            return False
        return self.released or (now >= self.since + terms.lease and fingerprint == self.origin.fingerprint)


def after(entry: Entry | None, said: Said, *, at: int, terms: Terms) -> Entry | None:
    """What is known after one more record, whose timestamp is `at`."""
    if entry is not None and not entry.known(now=at, terms=terms):
        entry = None
    match said:
        case Claimed():
            return _claimed(entry, said, at=at, terms=terms)
        case Fulfilled():
            return _fulfilled(entry, said, at=at)
        case Released(holder=holder):
            stands = entry is not None and entry.holder == holder and entry.written is None
            return replace(entry, released=True) if entry is not None and stands else entry


def _claimed(entry: Entry | None, said: Claimed, *, at: int, terms: Terms) -> Entry:
    if entry is None:
        return Entry(holder=said.holder, origin=said.origin, since=at)
    if not entry.open_to(said.origin.fingerprint, now=at, terms=terms):
        return entry
    # The same request keeps what the first one was, so that both issue the same; another payload begins anew.
    same = said.origin.fingerprint == entry.origin.fingerprint
    return Entry(holder=said.holder, origin=entry.origin if same else said.origin, since=at)


def _fulfilled(entry: Entry | None, said: Fulfilled, *, at: int) -> Entry:
    """A holder that was taken for dead may have come first all the same: its record is as good as its successor's."""
    if entry is not None and (entry.written is not None or entry.origin.fingerprint != said.origin.fingerprint):
        return entry
    return Entry(holder=said.holder, origin=said.origin, since=at, written=said.written)
