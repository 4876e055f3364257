"""The tokens that the page works with."""

import pytest

from demo.page.issued import Issued
from local.errors import TokenRefused
from local.tokens import SigningKey

KEY = SigningKey.generate()
DOCUMENT = Issued(KEY, tiers=("free", "standard", "enterprise")).document()


def test_there_is_a_good_token_for_each_tier_and_for_a_stranger() -> None:
    """Each is what it is called."""
    said = [KEY.read(one["token"]) for one in (*DOCUMENT["tokens"], DOCUMENT["stranger"])]

    assert [(one["sub"], one["tier"]) for one in said] == [
        ("alice", "free"),
        ("alice", "standard"),
        ("alice", "enterprise"),
        ("bob", "enterprise"),
    ]
    assert [one["tier"] for one in DOCUMENT["tokens"]] == ["free", "standard", "enterprise"]


@pytest.mark.parametrize(("kind", "reason"), [("forged", "Signature"), ("expired", "expired")])
def test_those_that_are_no_good_are_so_for_their_own_reason(kind: str, reason: str) -> None:
    """The page shows what the gateway says to each."""
    with pytest.raises(TokenRefused, match=reason):
        KEY.read(DOCUMENT["tampered"][kind])


def test_the_forged_one_says_more_than_its_signature() -> None:
    """The payload is that of the highest tier, and the signature that of the lowest tier's token."""
    forged, free, high = (
        one.split(".")
        for one in (DOCUMENT["tampered"]["forged"], DOCUMENT["tokens"][0]["token"], DOCUMENT["tokens"][-1]["token"])
    )

    assert (forged[1], forged[2]) == (high[1], free[2])
