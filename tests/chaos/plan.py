"""What is done to whom, round by round: the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

BROKER = "kafka"
ENVOY = "envoy"
TWO_AT_ONCE = 0.3  # the share of rounds in which a second part is harmed at the same time

How = Literal["kill", "freeze", "restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One harm to one process.

    Attributes:
        victim: The process, by the name that `System` knows it by.
        how: `kill` is kill -9 and a new start, `restart` is SIGTERM and a new start, `freeze` is SIGSTOP and SIGCONT.
        seconds: How long it is gone or frozen.
    """

    victim: str
    how: How
    seconds: float

    def __str__(self) -> str:
        """In a line of a report."""
        return f"{self.how} {self.victim} {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Round:
    """Harms that begin together; the next round begins when all of them are over."""

    harms: tuple[Harm, ...]

    def __str__(self) -> str:
        """In a line of a report."""
        return ", ".join(map(str, self.harms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Whom there is to harm; `session` is the seconds after which a group gives a silent member's work to another."""

    gateways: tuple[str, ...]
    workers: tuple[str, ...]
    session: float


def plan(seed: int, rounds: int, crew: Crew) -> Sequence[Round]:
    """So many rounds. No harm comes again before every other one had its turn."""
    chance, deck = Random(f"plan.{seed}"), list[Harm]()
    made: list[Round] = []
    while len(made) < rounds:
        if not deck:
            deck = _deck(chance, crew)
        first = deck.pop()
        others = [harm for harm in deck if harm.victim != first.victim]
        if others and chance.random() < TWO_AT_ONCE:
            deck.remove(others[-1])
            made.append(Round((first, others[-1])))
        else:
            made.append(Round((first,)))
    return made


def _deck(chance: Random, crew: Crew) -> list[Harm]:
    """Every harm to everybody, in an order of chance."""
    harms: list[Harm] = []
    for name in (*crew.gateways, *crew.workers):
        harms += (_harm(name, "kill", 0, 2, chance), _harm(name, "restart", 0, 1, chance))
        harms.append(_harm(name, "freeze", 1, crew.session / 2, chance))
    # Only a member of a group can be away for longer than its session.
    harms += (_harm(name, "freeze", crew.session * 1.2, crew.session * 1.6, chance) for name in crew.workers)
    harms += (_harm(BROKER, "kill", 0, 4, chance), _harm(BROKER, "restart", 0, 4, chance))
    harms.append(_harm(BROKER, "freeze", 2, 8, chance))
    harms += (_harm(ENVOY, "kill", 0, 2, chance), _harm(ENVOY, "restart", 0, 1, chance))
    harms.append(_harm(ENVOY, "freeze", 1, 3, chance))
    chance.shuffle(harms)
    return harms


def _harm(victim: str, how: How, least: float, most: float, chance: Random) -> Harm:
    return Harm(victim=victim, how=how, seconds=round(chance.uniform(least, most), 1))
