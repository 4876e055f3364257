"""What the records of one key come to. Pure: every replica that has read the same records says the same.

```
             Claimed                    Fulfilled
  (nothing) ─────────► claimed ───────────────────────────► fulfilled, for as long as it is kept
                        │  ▲ Claimed, once the lease has run out, for the same request
               Released │  │ Claimed, for any
                        ▼  │
                       released
```
A request with many records says `Marked` as it goes: that renews its lease, and what it has settled stays settled,
whoever goes on with it. Once there is such a mark, the key belongs to that request, also when it is released.
Whatever has no arrow changes nothing: the first claim stands, and the first record written is the answer.
Time is that of the records, never that of whoever reads them.
"""

from dataclasses import dataclass, field, replace

from schemas.idempotency import Claimed, Fulfilled, Marked, Origin, Released, Said, Written


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
class Progress:
    """How much of a request with many records is settled; `offset` is where the last mark that says so lies."""

    lines: int
    digest: bytes
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one key.

    Attributes:
        holder: The request whose claim stands, or whose record is the answer.
        origin: The first request with this key.
        since: The timestamp of the record that made it so, in ms since the epoch.
        written: The answer's record, once there is one.
        released: The holder has given up, or done all that it could.
        began: The partition and the offset of the first record.
        progress: How much is settled, of a request with many records.
    """

    holder: bytes
    origin: Origin
    since: int
    written: Written | None = None
    released: bool = False
    began: tuple[int, int] = field(default=(0, -1), compare=False)
    progress: Progress | None = None

    def known(self, *, now: int, terms: Terms) -> bool:
        """Whether it still counts."""
        return now < self.since + terms.kept

    def open_to(self, fingerprint: bytes, *, now: int, terms: Terms) -> bool:
        """Whether another request of that fingerprint may take over.

        What a holder that has vanished did is not known, so only the same request may be tried again in its place.
        """
        if self.written is not None:
            return False
        same = fingerprint == self.origin.fingerprint
        return (self.released and (same or self.progress is None)) or (now >= self.since + terms.lease and same)


def after(entry: Entry | None, said: Said, *, at: int, terms: Terms, place: tuple[int, int] = (0, -1)) -> Entry | None:
    """What is known after one more record, whose timestamp is `at`, and which lies at that `place` of the topic."""
    if entry is not None and not entry.known(now=at, terms=terms):
        entry = None
    match said:
        case Claimed():
            return _claimed(entry, said, at=at, terms=terms, place=place)
        case Fulfilled():
            return _fulfilled(entry, said, at=at)
        case Released(holder=holder):
            stands = entry is not None and entry.holder == holder and entry.written is None
            return replace(entry, released=True) if entry is not None and stands else entry
        case Marked():
            return _marked(entry, said, at=at, offset=place[1])


def _claimed(entry: Entry | None, said: Claimed, *, at: int, terms: Terms, place: tuple[int, int]) -> Entry:
    if entry is None:
        return Entry(holder=said.holder, origin=said.origin, since=at, began=place)
    if not entry.open_to(said.origin.fingerprint, now=at, terms=terms):
        return entry
    # The same request keeps what the first one was, so that both issue the same; another payload begins anew.
    same = said.origin.fingerprint == entry.origin.fingerprint
    if same:
        return replace(entry, holder=said.holder, since=at, released=False)
    return Entry(holder=said.holder, origin=said.origin, since=at, began=place)


def _marked(entry: Entry | None, said: Marked, *, at: int, offset: int) -> Entry | None:
    """Only the holder's next step counts: what one that was taken for dead still says would be another's beginning."""
    if entry is None or entry.holder != said.holder or entry.written is not None or entry.released:
        return entry
    progress = entry.progress
    if said.start != (progress.lines if progress else 0):
        return entry
    if said.lines > said.start:
        progress = Progress(lines=said.lines, digest=said.digest, offset=offset)
    return replace(entry, since=at, released=said.ends, progress=progress)


def _fulfilled(entry: Entry | None, said: Fulfilled, *, at: int) -> Entry:
    """A holder that was taken for dead may have come first all the same: its record is as good as its successor's."""
    if entry is not None and (entry.written is not None or entry.origin.fingerprint != said.origin.fingerprint):
        return entry
    return Entry(holder=said.holder, origin=said.origin, since=at, written=said.written)
