"""How long a query waits, and where it stands."""

import heapq
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.load.forecast import Forecast, Place
from ext_proc.load.stage import Report, Stage
from schemas.load import LaneLoad, Load
from tests.ext_proc.load.loads import lanes, load
from workers.turns import Turns

WEIGHTS = {"free": 1, "standard": 4, "enterprise": 16}
counts = st.fixed_dictionaries({tier: st.integers(0, 300) for tier in WEIGHTS})
tiers = st.sampled_from(sorted(WEIGHTS))


def stage(*loads: Load) -> Stage:
    """The workers of a stage, which all have just said so."""
    return Stage([Report(each, 1000) for each in loads], lowest="free")


def forecast(*stages: Stage | None) -> Forecast:
    """What follows from it."""
    return Forecast(stages, weights=WEIGHTS)


BUSY = load(lanes=lanes())
QUICK = stage(load(seconds=0.01))
ONE_FREE = {"free": LaneLoad(waiting=0, in_work=3)}


@pytest.mark.parametrize(
    ("said", "tier", "expected"),
    [
        (load(), "free", 0.0),
        (load(lanes=ONE_FREE), "free", 0.0),
        (load(lanes=lanes()), "free", 1 / 4),
        (load(lanes=lanes(free=99)), "free", 100 / 4),
        (load(lanes=lanes(free=99), seconds=2.0), "free", 100 / 2),
        (load(lanes=lanes(free=99, enterprise=10)), "free", 110 / 4),
        (load(lanes=lanes(free=99, enterprise=10)), "enterprise", (11 + 11 / 16) / 4),
        (load(lanes=lanes(free=99, standard=99, enterprise=10)), "standard", (100 + 25 + 10) / 4),
        (load(lanes=lanes(free=9, odd=99)), "free", (10 + 10) / 4),
        (load(behind=40), "free", (41 - 4) / 4),
        (load(behind=40), "enterprise", (1 + 1 / 16 - 4) / 4),
        (load(behind=40, lanes=lanes(enterprise=10)), "enterprise", 51 / 4),
        (load(behind=40, lanes=lanes(free=10, standard=10)), "standard", (31 + 31 / 4) / 4),
        (load(seconds=0.0, lanes=lanes(free=99)), "free", None),
        (load(concurrency=0), "free", None),
    ],
)
def test_one_worker(said: Load, tier: str, expected: float | None) -> None:
    """Nothing while there is room; else those before it, and of other tiers those whose turns come before its own."""
    found = forecast(stage(said)).wait(tier)
    assert found == (None if expected is None else pytest.approx(max(expected, 0.0)))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ((None, None), None),
        ((stage(BUSY), None), 1 / 4),
        ((None, stage(BUSY)), 1 / 4),
        ((stage(load(lanes=lanes(free=99))), stage(load())), 100 / 4),
        ((stage(load(lanes=lanes(free=99), seconds=0.1)), stage(load())), (100 - 4) / 4),
        ((stage(load(lanes=lanes(free=99), seconds=0.1)), stage(load(lanes=lanes(free=50)))), 150 / 4),
        ((stage(load(lanes=lanes(free=99))), stage(load(lanes=lanes(free=50), seconds=0.1))), 100 / 4),
        ((stage(BUSY, load(seconds=0.0, lanes=lanes(free=15))), QUICK), 16 / 8),
        ((stage(BUSY, load(seconds=0.25, lanes=lanes(free=15))), QUICK), 16 / 20),
    ],
)
def test_several_workers(stages: tuple[Stage | None, ...], expected: float | None) -> None:
    """The slowest stage decides, over all that has still to come to it; a worker that is new is as quick as the others."""
    found = forecast(*stages).wait("free")
    assert found == (None if expected is None else pytest.approx(expected))


def test_what_is_behind_somebody_idle() -> None:
    """A worker that has read nothing yet has behind it what the others have before them."""
    said = stage(load(behind=10), load(lanes=lanes(standard=5)))
    assert dict(said.waiting) == {"standard": 15.0}


MARKED = {
    "free": LaneLoad(waiting=3, in_work=4, marks=(100, 200, 300)),
    "standard": LaneLoad(waiting=1, in_work=0, marks=(50,)),
}


@pytest.mark.parametrize(
    ("asked_at", "expected"),
    [
        (99, Place(1, 2 / 4)),
        (100, Place(1, 2 / 4)),
        (101, Place(2, 3 / 4)),
        (300, Place(3, 1.0)),
        (999, Place(4, 5 / 4)),
    ],
)
def test_a_place(asked_at: int, expected: Place) -> None:
    """Those of its own tier that were asked before it stand before it, and those of others have their turns."""
    found = forecast(None, stage(load(lanes=MARKED))).place("free", asked_at)
    assert found is not None
    assert (found.position, found.eta) == (expected.position, None)
    known = forecast(stage(load(seconds=0.001)), stage(load(lanes=MARKED))).place("free", asked_at)
    assert known is not None
    assert known.position == expected.position
    assert known.eta == pytest.approx(expected.eta)


def test_a_place_over_two_stages() -> None:
    """What waits before the first stage and before the second is all before it."""
    earlier = {"free": LaneLoad(waiting=2, in_work=4, marks=(10, 20))}
    found = forecast(stage(load(lanes=earlier, seconds=0.1)), stage(load(lanes=MARKED))).place("free", 250)
    assert found is not None
    assert (found.position, round((found.eta or 0) * 4, 6)) == (5, 6)


def test_no_place() -> None:
    """Nobody has said anything; or nobody has handled anything, and then only the position is known."""
    assert forecast(None, None).place("free", 1) is None
    unknown = stage(load(seconds=0.0, lanes=lanes(free=3)))
    assert forecast(unknown, unknown).place("free", 1) == Place(7, None)


def said(waiting: Mapping[str, int], *, in_work: int = 4) -> Forecast:
    """A generator where so many wait."""
    busy = {"none": LaneLoad(waiting=0, in_work=in_work)}
    each = {tier: LaneLoad(waiting=count, in_work=0) for tier, count in waiting.items()}
    return forecast(stage(load("retriever")), stage(load(lanes={**busy, **each})))


@given(counts, tiers, tiers, st.integers(1, 100), st.integers(0, 4))
def test_more_never_means_less(waiting: dict[str, int], tier: str, more: str, by: int, in_work: int) -> None:
    """Whoever else waits, in whichever tier, nobody waits for less; and nobody for less because more is in work."""
    grown = {**waiting, more: waiting[more] + by}
    before = said(waiting, in_work=in_work).wait(tier)
    assert before is not None
    for later in (said(grown, in_work=in_work), said(waiting, in_work=4)):
        wait = later.wait(tier)
        assert wait is not None
        assert wait >= before - 1e-9


@given(counts, tiers)
def test_a_higher_weight_never_waits_longer(waiting: dict[str, int], tier: str) -> None:
    """Of two tiers in which as many wait, the one of higher weight is served first."""
    same = {**waiting, "free": waiting[tier], "enterprise": waiting[tier]}
    free, enterprise = said(same).wait("free"), said(same).wait("enterprise")
    assert free is not None
    assert enterprise is not None
    assert enterprise <= free + 1e-9


@given(counts, tiers)
def test_it_is_what_taking_turns_comes_to(waiting: dict[str, int], tier: str) -> None:
    """If nobody else comes, the estimate is when `Turns` has come to the query, to within one turn of each other tier."""
    estimate = said(waiting).wait(tier)
    assert estimate is not None
    left = {**waiting, tier: waiting[tier] + 1}
    turns, taken = Turns(WEIGHTS), 0
    while left[tier]:
        left[turns.next([each for each, count in left.items() if count])] -= 1
        taken += 1
    slack = sum(max(WEIGHTS[other] / WEIGHTS[tier], 1.0) for other in WEIGHTS if other != tier)
    assert estimate * 4 == pytest.approx(taken, abs=slack + 1)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=32, unique=True), st.data())
def test_a_position_never_grows(times: list[int], data: st.DataObject) -> None:
    """As those before it begin, and others come after it, a query only ever comes nearer."""
    times.sort()
    mine = data.draw(st.sampled_from(times))
    waiting = list(times)
    heapq.heapify(waiting)
    last = len(times) + 1
    while waiting and waiting[0] <= mine:
        each = {"free": LaneLoad(waiting=len(waiting), in_work=4, marks=tuple(sorted(waiting)[:32]))}
        place = forecast(None, stage(load(lanes=each))).place("free", mine)
        assert place is not None
        assert place.position <= last
        last = place.position
        heapq.heappop(waiting)
    assert last == 1
