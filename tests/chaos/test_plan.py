"""What a seed says."""

from tests.chaos.plan import Round, plan
from tests.chaos.rig import crew


def test_the_same_seed_is_the_same_plan() -> None:
    """So that what was found can be found again; a longer run begins like a shorter one."""
    assert plan(5, 20, crew()) == plan(5, 20, crew())
    assert plan(5, 30, crew())[:20] == plan(5, 20, crew())
    assert plan(5, 20, crew()) != plan(6, 20, crew())


def test_everybody_has_their_turn() -> None:
    """Within forty rounds each process is killed, restarted and frozen, and workers also for longer than their session."""
    found = crew(session=10.0)
    harms = {harm for round_ in plan(1, 40, found) for harm in round_.harms}
    victims = {*found.gateways, *found.workers, "envoy", "kafka"}

    assert {(victim, how) for victim in victims for how in ("kill", "restart", "freeze")} == {
        (harm.victim, harm.how) for harm in harms
    }
    assert set(found.workers) == {harm.victim for harm in harms if harm.how == "freeze" and harm.seconds > 10}


def test_nobody_is_harmed_twice_at_once() -> None:
    """Two harms of one round have two victims."""
    rounds: list[Round] = [round_ for seed in range(20) for round_ in plan(seed, 20, crew())]

    assert all(len({harm.victim for harm in round_.harms}) == len(round_.harms) for round_ in rounds)
    assert any(len(round_.harms) == 2 for round_ in rounds)
