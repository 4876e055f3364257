"""Order within a key, none between keys, and turns by weight between lanes."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.records import Partition, Received
from workers.backlog import OBJECTS, Backlog, size_of
from workers.turns import Turns

WEIGHTS = {"free": 1, "standard": 4, "enterprise": 16}

tiers = st.sampled_from(["free", "standard", "enterprise"])
keys = st.sampled_from([b"a", b"b", b"c", None])


def record(offset: int, key: bytes | None, *, partition: int = 0, tier: str = "free") -> Received:
    """A record of which only key, place and tier matter."""
    headers = (("user-tier", tier.encode()),)
    return Received(topic="t", partition=partition, offset=offset, timestamp=0, key=key, value=b"", headers=headers)


def backlog_of(*records: Received, each: int = 1000) -> Backlog:
    """These wait, each in the lane that its tier names."""
    backlog = Backlog(turns=Turns(WEIGHTS), lane_of=lambda one: one.header("user-tier") or "free", each=each)
    for one in records:
        backlog.put(one)
    return backlog


def all_of(backlog: Backlog) -> list[Received]:
    """What it gives while nothing ends."""
    taken = []
    while found := backlog.take():
        taken.append(found)
    return taken


@given(asked=st.lists(st.tuples(keys, tiers), max_size=20), each=st.integers(1, 3), data=st.data())
def test_each_key_is_taken_in_order_and_one_at_a_time(
    asked: list[tuple[bytes | None, str]], each: int, data: st.DataObject
) -> None:
    """However many are in work, whichever ends first, and whatever is hastened: all are taken, and none twice."""
    records = [record(offset, key, tier=tier) for offset, (key, tier) in enumerate(asked)]
    backlog = backlog_of(*records, each=each)
    in_work: list[Received] = []
    taken: list[Received] = []
    while len(backlog) or in_work:
        if data.draw(st.booleans()):
            backlog.hasten(data.draw(keys))
        found = backlog.take_unwanted() or backlog.take()
        if found:
            assert found.key is None or found.key not in {one.key for one in in_work}
            taken.append(found)
            in_work.append(found)
        else:
            backlog.done(in_work.pop(data.draw(st.integers(0, len(in_work) - 1))))
    assert sorted(taken, key=lambda one: one.offset) == records
    for key in (b"a", b"b", b"c"):
        offsets = [one.offset for one in taken if one.key == key]
        assert sorted(offsets) == offsets
    assert (len(backlog), backlog.bytes) == (0, 0)
    assert [(backlog.waiting(tier), backlog.in_work(tier)) for tier in WEIGHTS] == [(0, 0)] * 3


@given(asked=st.lists(st.tuples(keys, tiers, st.integers(0, 2)), max_size=20), data=st.data())
def test_what_leaves_is_forgotten_and_nothing_else(
    asked: list[tuple[bytes | None, str, int]], data: st.DataObject
) -> None:
    """Ready, hastened or behind another; what is in work keeps its key busy until it is done."""
    records = [record(at, key, tier=tier, partition=number) for at, (key, tier, number) in enumerate(asked)]
    backlog = backlog_of(*records)
    in_work = [found for _ in range(data.draw(st.integers(0, 5))) if (found := backlog.take())]
    backlog.hasten(data.draw(keys))
    backlog.discard([Partition("t", 0), Partition("t", 1)])
    staying = [one for one in records if one.partition == 2 and one not in in_work]
    assert (len(backlog), backlog.bytes) == (len(staying), sum(map(size_of, staying)))
    left: list[Received] = []
    while len(backlog):
        found = backlog.take_unwanted() or backlog.take()
        if found:
            left.append(found)
            in_work.append(found)
        else:
            backlog.done(in_work.pop(0))
    assert sorted(left, key=lambda one: one.offset) == staying


def test_lanes_share_by_weight_whatever_came_first() -> None:
    """A flood stands in its own lane alone, and moves all the same."""
    flood = [record(offset, None) for offset in range(100)]
    late = [record(offset, None, tier="enterprise") for offset in range(100, 200)]
    taken = all_of(backlog_of(*flood, *late))
    assert Counter(one.header("user-tier") for one in taken[:34]) == {"free": 2, "enterprise": 32}
    assert [one.offset for one in taken if one in flood] == list(range(100))


@given(weights=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 20), min_size=1), rounds=st.integers(1, 3))
def test_lanes_that_never_run_dry_have_what_they_weigh(weights: dict[str, int], rounds: int) -> None:
    """But for the turn that a round ends in the middle of; and each is served in its own order."""
    backlog = Backlog(turns=Turns(weights), lane_of=lambda one: one.header("user-tier") or "", each=1000)
    for offset, lane in enumerate(sorted(weights) * 4 * max(weights.values())):
        backlog.put(record(offset, None, tier=lane))
    taken = [found for _ in range(rounds * sum(weights.values())) if (found := backlog.take())]
    for lane, weight in weights.items():
        offsets = [one.offset for one in taken if one.header("user-tier") == lane]
        assert abs(len(offsets) - rounds * weight) <= 1
        assert sorted(offsets) == offsets


def test_who_comes_to_a_flood_is_next_or_second_next() -> None:
    """Though the flood has had all turns so far."""
    backlog = backlog_of(*(record(offset, None) for offset in range(2000)))
    for _ in range(500):
        backlog.take()
    backlog.put(record(2000, b"k", tier="enterprise"))
    assert record(2000, b"k", tier="enterprise") in {backlog.take(), backlog.take()}


def test_the_next_of_a_key_steps_into_its_own_lane() -> None:
    """At the end of it, once the one before is done."""
    records = record(0, b"k"), record(1, b"k", tier="enterprise"), record(2, b"l", tier="enterprise")
    backlog = backlog_of(*records)
    assert [backlog.waiting(tier) for tier in ("free", "enterprise")] == [1, 2]
    assert set(all_of(backlog)) == {records[0], records[2]}
    backlog.done(records[0])
    assert backlog.take() == records[1]


def test_a_lane_that_is_stuck_keeps_no_other_from_work() -> None:
    """It may have so many in work, be it at rest, and the others as many of their own."""
    flood = [record(offset, None) for offset in range(5)]
    other = record(5, None, tier="standard")
    backlog = backlog_of(*flood, each=2)
    assert all_of(backlog) == flood[:2]
    backlog.put(other)
    assert all_of(backlog) == [other]
    assert (backlog.in_work("free"), backlog.waiting("free")) == (2, 3)
    backlog.done(flood[0])
    assert all_of(backlog) == [flood[2]]


def test_what_is_hastened_waits_for_no_turn() -> None:
    """Neither behind its lane nor where that has all in work that it may; only what floods by being hastened does."""
    records = [record(offset, b"%d" % offset) for offset in range(6)]
    backlog = backlog_of(*records, each=1)
    assert (backlog.next_of(b"5"), backlog.next_of(b"9")) == (records[5], None)
    backlog.hasten(b"5")
    backlog.hasten(b"9")
    assert all_of(backlog) == [records[0]]
    backlog.put(record(6, b"6"), unwanted=True)
    assert backlog.take_unwanted() == records[5]
    assert backlog.take_unwanted() is None
    backlog.done(records[5])
    assert backlog.take_unwanted() == record(6, b"6")


def test_what_waits_for_its_key_is_not_hastened() -> None:
    """Order within a key stays."""
    backlog = backlog_of(record(0, b"k"))
    assert backlog.take() == record(0, b"k")
    backlog.put(record(1, b"k"), unwanted=True)
    assert (backlog.take_unwanted(), backlog.next_of(b"k"), len(backlog)) == (None, None, 1)


@pytest.mark.parametrize("count", [0, 1, 5, 31, 32, 33, 1000])
def test_a_sample_goes_from_the_first_to_the_last(count: int) -> None:
    """Evenly, and it is all where that is little."""
    waiting = [record(offset, None) for offset in range(count)]
    sample = backlog_of(*waiting).sample("free", limit=32)
    assert len(sample) == min(count, 32)
    if count > 32:
        gaps = {after.offset - before.offset for before, after in pairwise(sample)}
        assert max(gaps) - min(gaps) <= 1
        assert (sample[0], sample[-1]) == (waiting[0], waiting[-1])
    else:
        assert sample == waiting


def test_a_size_counts_all_that_is_in_a_record() -> None:
    """What a caller can make long."""
    big = Received(topic="t", partition=0, offset=0, timestamp=0, key=b"kk", value=b"vvv", headers=(("h", b"xxxx"),))
    assert size_of(big) == OBJECTS + 9
