"""Whose streams a renewal extends."""

from dataclasses import dataclass, field

import pytest

from ext_proc.results.live import renewals as module
from ext_proc.results.live.renewals import RECENT, Renewal, Renewals, Streams
from ext_proc.results.reader.subscription import Subscription

TIERS = ("free", "standard", "enterprise")
MINE = Streams(topic="t", key="k", user_id="alice")


@dataclass(eq=False)
class Open:
    """A stream that notes until when it was renewed."""

    until: list[float] = field(default_factory=list)

    def renew(self, expires: float) -> None:
        """As `Renewable`."""
        self.until.append(expires)


def _renewal(expires: float = 9.0, *, streams: Streams = MINE, tier: str = "free") -> Renewal:
    return Renewal(streams=streams, tier=tier, expires=expires)


def test_every_stream_of_that_user_and_key_is_renewed() -> None:
    """As long as it is open."""
    renewals, first, second = Renewals(tiers=TIERS), Open(), Open()
    with renewals.reaching(MINE, first, tier="free"):
        with renewals.reaching(MINE, second, tier="free"):
            renewals.add(_renewal(5.0), now=0)
        renewals.add(_renewal(6.0), now=0)
    renewals.add(_renewal(7.0), now=0)
    assert (first.until, second.until) == ([5.0, 6.0], [5.0])
    assert renewals._open == {}


@pytest.mark.parametrize(
    "other",
    [
        Streams(topic="t", key="k", user_id="bob"),
        Streams(topic="t", key="other", user_id="alice"),
        Streams(topic="t", key=None, user_id="alice"),
        Streams(topic="u", key="k", user_id="alice"),
    ],
)
def test_no_other_stream_is(other: Streams) -> None:
    """Another user's, another key's, the whole topic's, another topic's: neither open ones nor later ones."""
    renewals, stream = Renewals(tiers=TIERS), Open()
    with renewals.reaching(other, stream, tier="free"):
        renewals.add(_renewal(), now=0)
    with renewals.reaching(other, stream, tier="free"):
        assert stream.until == []


@pytest.mark.parametrize("tier", [*TIERS, "platinum"])
@pytest.mark.parametrize("token", [*TIERS, "platinum"])
def test_a_token_of_a_lower_tier_extends_nothing(tier: str, token: str) -> None:
    """A stream shows what its tier may see; a tier that is not known is below all for a token, above all for a stream."""
    renewals, early, late = Renewals(tiers=TIERS), Open(), Open()
    with renewals.reaching(MINE, early, tier=tier):
        renewals.add(_renewal(tier=token), now=0)
    with renewals.reaching(MINE, late, tier=tier):
        pass
    allowed = {*TIERS} >= {tier, token} and TIERS.index(token) >= TIERS.index(tier)
    assert early.until == late.until == ([9.0] if allowed else [])


def test_a_renewal_counts_for_what_opens_next() -> None:
    """For a minute; of each tier's renewals the latest."""
    renewals = Renewals(tiers=TIERS)
    renewals.add(_renewal(8.0, tier="standard"), now=0)
    renewals.add(_renewal(9.0), now=1)
    opened = Open()
    with renewals.reaching(MINE, opened, tier="free"):
        assert opened.until == [9.0, 8.0]
    renewals.add(_renewal(streams=Streams(topic="u", key=None, user_id="bob")), now=RECENT + 2)
    opened = Open()
    with renewals.reaching(MINE, opened, tier="free"):
        assert opened.until == []


def test_what_is_remembered_is_bounded() -> None:
    """The oldest goes first."""
    renewals = Renewals(tiers=TIERS)
    for number in range(module.LIMIT + 5):
        renewals.add(_renewal(streams=Streams(topic="t", key=str(number), user_id="alice")), now=0)
    assert len(renewals._recent) == module.LIMIT


def test_a_subscription_says_which_streams_it_is_one_of() -> None:
    """Its topic, key and reader."""
    wants = Subscription(topic="t", key="k", user_id="alice", tier="free")
    assert Streams.of(wants) == MINE
