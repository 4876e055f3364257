"""Nothing unfinished is ever committed past."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bus.records import Partition
from workers.offsets import Offsets

A, B = Partition("t", 0), Partition("t", 1)


class Commits(RuleBasedStateMachine):
    """A partition whose records are taken on in order and finished in any, with commits, crashes and rebalances between.

    The model keeps what was begun and what was finished; the log's offsets have holes, as compaction leaves them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.offsets = Offsets()
        self.begun: list[int] = []
        self.finished: set[int] = set()
        self.next = 0
        self.stored = 0

    @rule(hole=st.integers(0, 3))
    def begin(self, hole: int) -> None:
        """The next record of the partition."""
        self.next += hole
        assert self.offsets.begin(A, self.next)
        self.begun.append(self.next)
        self.next += 1

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def begin_again(self, data: st.DataObject) -> None:
        """A record that comes twice is not taken on twice."""
        assert not self.offsets.begin(A, data.draw(st.sampled_from(self.begun)))

    @precondition(lambda self: set(self.begun) - self.finished)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Any one of those in work."""
        offset = data.draw(st.sampled_from(sorted(set(self.begun) - self.finished)))
        self.offsets.finish(A, offset)
        self.finished.add(offset)

    @rule()
    def commit(self) -> None:
        """What is due is stored."""
        due = self.offsets.due()
        assert all(mark > self.stored for mark in due.values())
        self.stored = due.get(A, self.stored)
        self.offsets.committed(due)
        assert not self.offsets.due()

    @rule()
    def leave_and_come_back(self) -> None:
        """The partition goes to another worker and returns: reading starts at what is stored."""
        self.offsets.forget([A])
        self.offsets.finish(A, self.next)  # what ends too late no longer counts
        self.begun.clear()
        self.finished.clear()
        self.next = self.stored

    @invariant()
    def nothing_unfinished_is_behind_the_mark(self) -> None:
        """Every record before what is stored, or due, is finished; and nothing more is held back than must be."""
        mark = self.offsets.due().get(A, self.stored)
        unfinished = [offset for offset in self.begun if offset not in self.finished]
        assert all(offset >= mark for offset in unfinished)
        if self.begun and self.finished:
            assert min(unfinished, default=self.begun[-1] + 1) in {mark, self.begun[0]}


TestCommits = Commits.TestCase


@given(st.permutations(range(12)))
def test_any_order_of_finishing_ends_at_the_end(order: list[int]) -> None:
    """When all is finished, all may be committed."""
    offsets = Offsets()
    for offset in range(12):
        offsets.begin(A, offset)
    for offset in order:
        offsets.finish(A, offset)
    assert offsets.due() == {A: 12}


def test_partitions_do_not_wait_for_each_other() -> None:
    """A slow record holds back its own partition only."""
    offsets = Offsets()
    for partition in (A, B):
        offsets.begin(partition, 5)
        offsets.begin(partition, 6)
    offsets.finish(A, 6)
    offsets.finish(B, 5)
    assert offsets.due() == {B: 6}


def test_a_commit_of_a_partition_that_left_is_forgotten() -> None:
    """Its answer may come after the partition has gone."""
    offsets = Offsets()
    offsets.committed({A: 5})
    assert offsets.due() == {}
