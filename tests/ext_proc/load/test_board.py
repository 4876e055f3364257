"""What is kept of what workers say, and for how long."""

import pytest

from ext_proc.load.board import SILENT, SKEW, WORKERS, Board
from runtime.settings.identity import TierSettings
from schemas.load import LaneLoad
from tests.ext_proc.load.loads import lanes, load

TIERS = [
    TierSettings(name="free", reads=("public",), weight=1),
    TierSettings(name="enterprise", reads=("public",), weight=16),
]
START = 1_000_000_000


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        """As `Clock`."""
        return START + round(self.seconds * 1000)

    def monotonic(self) -> float:
        """As `Clock`."""
        return self.seconds

    def random(self, size: int) -> bytes:
        """As `Clock`."""
        raise NotImplementedError


@pytest.fixture
def clock() -> Hands:
    """At its start."""
    return Hands()


@pytest.fixture
def board(clock: Hands) -> Board:
    """One that knows nothing."""
    return Board(tiers=TIERS, clock=clock)


def full(count: int) -> object:
    """Lanes of a busy worker for which so many wait."""
    return lanes(free=count)


def test_nobody_has_said_anything(board: Board) -> None:
    """Nothing is known, and so nothing is said."""
    assert (board.wait("free"), board.place("free", 1)) == (None, None)


def test_the_newest_word_counts(board: Board) -> None:
    """Of one worker the last thing that it said; of several, all of them together."""
    board.note("a", load(lanes=full(99)), at=START)
    assert board.wait("free") == 100 / 4
    board.note("a", load(lanes=full(9)), at=START)
    assert board.wait("free") == 10 / 4
    board.note("b", load(lanes=full(9)), at=START)
    assert board.wait("free") == 19 / 8


def test_one_that_leaves_is_forgotten(board: Board) -> None:
    """Its queries are others' now, who say so themselves."""
    board.note("a", load(lanes=full(99)), at=START)
    board.note("b", load(lanes=full(9)), at=START)
    board.note("a", load(lanes=full(99), leaving=True), at=START)
    assert board.wait("free") == 10 / 4
    board.note("b", load(leaving=True), at=START)
    assert board.wait("free") is None


def test_one_that_is_silent_is_forgotten(board: Board, clock: Hands) -> None:
    """After ten seconds, each by itself, though nobody else says anything."""
    board.note("a", load(lanes=full(99)), at=START)
    clock.seconds = 1.0
    board.note("b", load(lanes=full(9)), at=START)
    assert board.wait("free") == 109 / 8
    clock.seconds = SILENT
    assert board.wait("free") == 10 / 4
    clock.seconds = SILENT + 1.0
    assert board.wait("free") is None


def test_old_words_are_passed_over(board: Board, clock: Hands) -> None:
    """As they come after an outage; a clock that is a little behind is borne with, and one that is ahead."""
    clock.seconds = 60.0
    now = clock.now_ms()
    board.note("a", load(), at=now - round((SILENT + SKEW) * 1000) - 1)
    assert board.wait("free") is None
    board.note("a", load(), at=now - round((SILENT + SKEW) * 1000))
    board.note("b", load(lanes=full(3)), at=now + 3_600_000)
    assert board.wait("free") == 0.0


def test_other_stages_say_nothing_of_queries(board: Board) -> None:
    """An embedder may have any number of chunks before it."""
    board.note("e", load("embedder", behind=1_000_000), at=START)
    assert board.wait("free") is None


def test_weights_are_the_tiers(board: Board) -> None:
    """The lowest has what nobody knows better, and the highest passes it by."""
    board.note("a", load(behind=1_000_000, lanes=full(0)), at=START)
    assert board.wait("free") == 1_000_001 / 4
    assert board.wait("enterprise") == (1 + 1 / 16) / 4


def test_a_place(board: Board) -> None:
    """A query is found by when it was asked."""
    said = {"free": LaneLoad(waiting=2, in_work=4, marks=(START - 200, START - 100))}
    board.note("a", load("retriever"), at=START)
    board.note("b", load(lanes=said), at=START)
    place = board.place("free", START - 100)
    assert place is not None
    assert (place.position, place.eta) == (2, 0.5)


def test_more_workers_than_are_listened_to(board: Board, clock: Hands, caplog: pytest.LogCaptureFixture) -> None:
    """A new one is passed over, and the operator told once, until one of the others has gone."""
    for number in range(WORKERS + 2):
        board.note(f"w{number}", load(lanes=full(WORKERS)), at=START)
    assert board.wait("free") == (WORKERS * WORKERS + 1) / 4 / WORKERS
    assert len(caplog.records) == 1
    board.note("w0", load(lanes=full(0)), at=START)
    assert board.wait("free") == ((WORKERS - 1) * WORKERS + 1) / 4 / WORKERS
    clock.seconds = SILENT
    board.note("new", load(lanes=full(3)), at=START + 10_000)
    assert board.wait("free") == 4 / 4
