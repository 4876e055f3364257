"""Recent events in memory."""

from hypothesis import given
from hypothesis import strategies as st

from bus.records import Partition, Received
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.event import OVERHEAD, Event
from ext_proc.results.live.history import OVERHEAD as KEY
from ext_proc.results.live.history import History
from tests.ext_proc.results.records import record


class Watcher:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told = 0
        self.woken = 0

    def arrived(self) -> None:
        """As `Watches`."""
        self.told += 1

    def wake(self) -> None:
        """As `Watches`."""
        self.woken += 1


def horizon(number: int = 0) -> Horizon:
    """A partition that was followed from its beginning."""
    return Horizon(at=Partition("t", number), floor=0, before=0, position=0)


def look(history: History, key: str, edge: Horizon) -> Channel:
    """The key's channel, as somebody finds it who comes now."""
    watcher = Watcher()
    channel = history.watch(("t", edge.at.number, key.encode()), edge, watcher)
    history.unwatch(("t", edge.at.number, key.encode()), watcher)
    return channel


def test_oldest_key_goes_whole() -> None:
    """Past the bound, the key that was silent for longest is forgotten with all its events."""
    history, edge = History(limit=3 * (OVERHEAD + 2) + 2 * KEY), horizon()
    for offset, key in enumerate(["a", "b", "a", "c"]):
        history.append(Event(record(offset, key=key)), key.encode(), edge)
    assert [event.offset for event in look(history, "a", edge).events] == [0, 2]
    assert look(history, "b", edge).events == []
    assert (look(history, "b", edge).floor, edge.before) == (2, 1)
    assert history.sizes == {"t": 3 * (OVERHEAD + 2) + 2 * KEY}


def test_one_key_beyond_the_bound() -> None:
    """A single key that is larger than all memory is forgotten too, and its watcher still told."""
    history, edge, watcher = History(limit=1), horizon(), Watcher()
    channel = history.watch(("t", 0, b"k"), edge, watcher)
    history.append(Event(record(0)), b"k", edge)
    assert (channel.events, channel.floor, watcher.told, history.size) == ([], 1, 1, 0)


def test_unwatched_and_empty_is_dropped() -> None:
    """Nobody leaves anything behind."""
    history, edge = History(limit=1), horizon()
    look(history, "a", edge)
    assert not history._watched
    assert not history._recent


def test_lost_partition() -> None:
    """When the feed had to skip, all that is known of the partition ends at where it goes on; others stay."""
    history, edge, other, watcher = History(limit=10_000), horizon(), horizon(1), Watcher()
    channel = history.watch(("t", 0, b"k"), edge, watcher)
    history.append(Event(record(0)), b"k", edge)
    history.append(Event(record(1, key="quiet")), b"quiet", edge)
    history.append(Event(record(0, key="else", partition=1)), b"else", other)
    history.lose(edge, position=50, now=99)
    assert (channel.floor, channel.before, channel.events) == (50, 99, [])
    assert (edge.position, look(history, "quiet", edge).floor, edge.before) == (50, 50, 99)
    assert watcher.woken == 1
    assert len(look(history, "else", other).events) == 1


@given(
    limit=st.integers(1, 12 * OVERHEAD),
    steps=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 600), st.booleans()), max_size=60),
)
def test_never_claims_too_much(limit: int, steps: list[tuple[str, int, bool]]) -> None:
    """From its floor on a channel has every record of its key; below, none is younger than it says; memory is bounded."""
    history, edge, watcher = History(limit=limit), horizon(), Watcher()
    written: list[Received] = []
    watched: set[str] = set()
    for offset, (key, size, toggle) in enumerate(steps):
        written.append(record(offset, key=key, value=b"x" * size))
        edge.position = offset + 1
        history.append(Event(written[-1]), key.encode(), edge)
        if toggle:
            _toggle(history, key, edge, watcher, watched)
        assert history.size <= limit
    for key in "abcd":
        channel = look(history, key, edge)
        own = [each for each in written if each.key == key.encode()]
        assert [each.offset for each in own if each.offset >= channel.floor] == [e.offset for e in channel.events]
        assert all(each.timestamp <= channel.before for each in own if each.offset < channel.floor)


def _toggle(history: History, key: str, edge: Horizon, watcher: Watcher, watched: set[str]) -> None:
    if key in watched:
        history.unwatch(("t", edge.at.number, key.encode()), watcher)
    else:
        history.watch(("t", edge.at.number, key.encode()), edge, watcher)
    watched ^= {key}
