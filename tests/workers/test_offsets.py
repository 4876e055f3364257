"""Nothing unfinished is ever committed past, and nothing finished is begun again."""

from collections.abc import Collection, Mapping

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bus.records import Commit, Partition
from workers.note import decode
from workers.offsets import Offsets

A, B = Partition("t", 0), Partition("t", 1)


class Commits(RuleBasedStateMachine):
    """A partition whose records are taken on in order and finished in any, with commits, crashes and rebalances between.

    The model keeps what was begun and what was finished, now and by what is stored; offsets have holes, as compaction
    and the marks of transactions leave them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.offsets = Offsets()
        self.log: list[int] = [0]
        self.begun: list[int] = []
        self.finished: set[int] = set()
        self.stored = Commit(0)
        self.kept: set[int] = set()  # finished by what is stored
        self.next = 0

    @rule(hole=st.integers(0, 3))
    def write(self, hole: int) -> None:
        """A record comes to the partition."""
        self.log.append(self.log[-1] + 1 + hole)

    @precondition(lambda self: self.next < len(self.log))
    @rule()
    def begin(self) -> None:
        """The next record is taken on, unless it was finished by an earlier owner, or before a crash."""
        offset = self.log[self.next]
        self.next += 1
        assert self.offsets.begin(A, offset) == (offset not in self.finished)
        self.begun.append(offset)

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
        self.store(due, ())
        assert not self.offsets.due()

    @precondition(lambda self: set(self.begun) - self.finished)
    @rule(data=st.data(), lands=st.booleans(), between=st.booleans())
    def transaction(self, data: st.DataObject, lands: bool, between: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        """Some end together with their offsets, or do not; others may end while that is decided."""
        work = sorted(set(self.begun) - self.finished)
        some = data.draw(st.lists(st.sampled_from(work), min_size=1, unique=True))
        due = self.offsets.due_with((A, offset) for offset in some)
        other = next((offset for offset in work if offset not in some), None)
        kept = self.finished | set(some)
        if between and other is not None:
            self.offsets.finish(A, other)
            self.finished.add(other)
        if lands:
            self.store(due, some, kept=kept)

    def store(self, due: Mapping[Partition, Commit], some: Collection[int], *, kept: set[int] | None = None) -> None:
        """Kafka has it."""
        self.finished |= set(some)
        if A in due:
            assert due[A].offset >= self.stored.offset
            self.stored, self.kept = due[A], set(self.finished if kept is None else kept)
        self.offsets.committed(due, [(A, offset) for offset in some])

    @rule(foreign=st.booleans())
    def come_back(self, foreign: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        """The worker dies, or the partition goes and returns: what is stored is all that anybody knows."""
        self.offsets.forget([A])
        self.offsets.finish(A, self.log[-1])  # what ends too late no longer counts
        stored = Commit(self.stored.offset, "somebody's own") if foreign else self.stored
        self.offsets.resume(A, stored)
        self.begun.clear()
        self.finished = {one for one in self.log if one < stored.offset} | (set() if foreign else self.kept)
        self.next = sum(one < stored.offset for one in self.log)

    @invariant()
    def what_is_stored_is_exactly_what_is_finished(self) -> None:
        """Nothing unfinished is passed over, and nothing that was stored as finished is handled again."""
        before = {offset for offset in self.log if offset < self.stored.offset}
        behind = decode(self.stored.note, base=self.stored.offset)
        assert before | behind == self.kept & set(self.log)


TestCommits = Commits.TestCase


@given(st.permutations(range(12)))
def test_any_order_of_finishing_ends_at_the_end(order: list[int]) -> None:
    """When all is finished, all may be committed."""
    offsets = Offsets()
    for offset in range(12):
        offsets.begin(A, offset)
    for offset in order:
        offsets.finish(A, offset)
    assert offsets.due()[A].offset == 12


def test_partitions_do_not_wait_for_each_other() -> None:
    """A slow record holds back its own partition only."""
    offsets = Offsets()
    for partition in (A, B):
        offsets.begin(partition, 5)
        offsets.begin(partition, 6)
    offsets.finish(A, 6)
    offsets.finish(B, 5)
    due = offsets.due()
    assert {at: commit.offset for at, commit in due.items()} == {A: 5, B: 6}
    assert decode(due[A].note, base=5) == {6}


def test_a_commit_of_a_partition_that_left_is_forgotten() -> None:
    """Its answer may come after the partition has gone."""
    offsets = Offsets()
    offsets.committed({A: Commit(5)}, [(A, 4)])
    assert offsets.due() == {}
