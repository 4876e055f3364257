"""Order within a key, and none between keys."""

from hypothesis import given
from hypothesis import strategies as st

from bus.records import Partition, Received
from workers.backlog import Backlog


def record(offset: int, key: bytes | None, partition: int = 0) -> Received:
    """A record of which only key and place matter."""
    return Received(topic="t", partition=partition, offset=offset, timestamp=0, key=key, value=b"")


@given(keys=st.lists(st.sampled_from([b"a", b"b", b"c", None]), max_size=20), data=st.data())
def test_each_key_is_taken_in_order_and_one_at_a_time(keys: list[bytes | None], data: st.DataObject) -> None:
    """However many are in work, and whichever ends first."""
    backlog = Backlog()
    for offset, key in enumerate(keys):
        backlog.put(record(offset, key))
    in_work: list[Received] = []
    taken: list[Received] = []
    while len(taken) < len(keys) or in_work:
        found = backlog.take()
        if found:
            assert found.key is None or found.key not in {one.key for one in in_work}
            taken.append(found)
            in_work.append(found)
        else:
            ended = in_work.pop(data.draw(st.integers(0, len(in_work) - 1)))
            backlog.done(ended)
    for key in (b"a", b"b", b"c"):
        offsets = [one.offset for one in taken if one.key == key]
        assert sorted(offsets) == offsets
    assert len(backlog) == 0


def test_what_waits_behind_is_counted() -> None:
    """The loop bounds what it has taken on by this."""
    backlog = Backlog()
    for offset in range(3):
        backlog.put(record(offset, b"k"))
    first = backlog.take()
    assert first
    assert len(backlog) == 2
    assert backlog.take() is None
    backlog.done(first)
    assert backlog.take() == record(1, b"k")


def test_partitions_that_leave_take_what_waits_with_them() -> None:
    """Ready or behind another; others stay in order, and what is in work keeps its key busy."""
    backlog = Backlog()
    for offset, key in enumerate((b"a", b"b", b"a")):
        backlog.put(record(offset, key))
        backlog.put(record(offset, key + b"2", partition=1))
    in_work = backlog.take()
    assert in_work == record(0, b"a")
    backlog.discard([Partition("t", 0)])
    assert len(backlog) == 3
    assert [backlog.take(), backlog.take(), backlog.take()] == [
        record(0, b"a2", partition=1),
        record(1, b"b2", partition=1),
        None,
    ]
    backlog.put(record(0, b"a"))
    assert backlog.take() is None
    backlog.done(in_work)
    assert backlog.take() == record(0, b"a")
