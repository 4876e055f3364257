"""Recent records of whole topics."""

from hypothesis import given
from hypothesis import strategies as st

from bus.records import Partition
from ext_proc.results.live.channel import Horizon
from ext_proc.results.live.event import OVERHEAD, Event
from ext_proc.results.live.partitions import Partitions
from tests.ext_proc.results.live.test_history import Watcher
from tests.ext_proc.results.records import record


def partitions(*, limit: int, count: int = 2) -> Partitions:
    """So many, each followed from its beginning."""
    made = Partitions(topics={"t"}, limit=limit)
    for number in range(count):
        made.begin(Horizon(at=Partition("t", number), floor=0, before=0, position=0))
    return made


def append(made: Partitions, offset: int, *, number: int = 0, size: int = 0) -> None:
    """One more record."""
    made.of("t")[number].horizon.position = offset + 1
    made.append(Event(record(offset, partition=number, value=b"x" * size)))


def test_the_oldest_go_first() -> None:
    """Past the bound the topic's oldest records are forgotten, in whichever partition they are."""
    made = partitions(limit=3 * OVERHEAD)
    for offset, number in ((0, 0), (0, 1), (1, 1), (1, 0)):
        append(made, offset, number=number)
    first, second = made.of("t").values()
    assert [[event.offset for event in channel.events] for channel in (first, second)] == [[1], [1]]
    assert (first.floor, second.floor, made.sizes) == (1, 1, {"t": 2 * OVERHEAD})


def test_told() -> None:
    """Whoever watches a partition is told of each record, even of one that is larger than all memory."""
    made, watcher = partitions(limit=1), Watcher()
    made.of("t")[1].watchers.add(watcher)
    append(made, 0, number=1)
    append(made, 0, number=0)
    assert (watcher.told, made.sizes) == (1, {"t": 0})


def test_lost() -> None:
    """A partition that the feed had to skip is forgotten, others stay; one that is not there is nobody's."""
    made, watcher = partitions(limit=2**20), Watcher()
    made.of("t")[0].watchers.add(watcher)
    for offset, number in ((0, 0), (0, 1), (1, 0)):
        append(made, offset, number=number)
    made.lose(Partition("t", 0), position=50, now=99)
    made.lose(Partition("else", 0), position=50, now=99)
    lost, other = made.of("t").values()
    assert (lost.floor, lost.before, lost.events, watcher.woken) == (50, 99, [], 1)
    assert (len(other.events), made.sizes) == (1, {"t": OVERHEAD})
    append(made, 1, number=1)
    assert made.sizes == {"t": 2 * OVERHEAD}


def test_times() -> None:
    """A time is found where memory reaches back to it."""
    channel = partitions(limit=1).of("t")[0]
    channel.horizon.position = 9
    assert channel.first_at(5) == 9
    for offset in (3, 6):
        channel.append(Event(record(offset)))
    assert [channel.first_at(time) for time in (0, 4, 6, 7)] == [3, 6, 6, 9]


@given(
    limit=st.integers(1, 12 * OVERHEAD),
    steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 600)), max_size=60),
)
def test_never_claims_too_much(limit: int, steps: list[tuple[int, int]]) -> None:
    """From its floor on a partition has every record; below, none is younger than it says; memory is bounded."""
    made, written = partitions(limit=limit, count=3), [0, 0, 0]
    for number, size in steps:
        append(made, written[number], number=number, size=size)
        written[number] += 1
        assert made.sizes["t"] <= limit
    for number, channel in made.of("t").items():
        assert list(range(channel.floor, written[number])) == [event.offset for event in channel.events]
        assert channel.floor == 0 or channel.before == channel.floor - 1
    assert made.sizes["t"] == sum(event.size for channel in made.of("t").values() for event in channel.events)
