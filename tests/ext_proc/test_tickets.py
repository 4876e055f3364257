"""Tickets and cookies say who had the token, for one path, and neither can be taken for the other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.exchange import Identity
from ext_proc.seal import LONGEST
from ext_proc.tickets import Tickets, lasts, set_cookie

TICKETS = Tickets("k" * 32)
RANDOM = bytes(24)
ALICE = Identity(subject="alice", tier="free", scopes=frozenset({"proxy:stream"}), expires=1000.5)
PATH = "/results/q"

identities = st.builds(
    Identity,
    subject=st.text(st.characters(codec="utf-8"), min_size=1, max_size=256),
    tier=st.sampled_from(["free", "enterprise"]),
    scopes=st.frozensets(st.sampled_from(["proxy:stream", "proxy:publish"])),
    expires=st.none() | st.floats(1, 1e11),
)


@given(identity=identities)
def test_both_keep_the_identity(identity: Identity) -> None:
    """Whatever the subject is written in, and small enough to be looked at again."""
    ticket = TICKETS.issue(identity, path=PATH, issued_at=5, lifetime=60, unique=RANDOM)
    cookie = TICKETS.cookie(identity, path=PATH, random=RANDOM)
    issued = TICKETS.read(ticket, path=PATH)
    assert issued is not None
    assert identity == issued.identity == TICKETS.read_cookie(cookie, path=PATH)
    assert (issued.issued_at, issued.until) == (5, 60_005)
    assert max(len(ticket), len(cookie)) < LONGEST


def test_neither_is_the_other() -> None:
    """A ticket is no cookie, a cookie no ticket, and neither opens another path."""
    ticket = TICKETS.issue(ALICE, path=PATH, issued_at=5, lifetime=60, unique=RANDOM)
    cookie = TICKETS.cookie(ALICE, path=PATH, random=RANDOM)
    assert TICKETS.read(cookie, path=PATH) is None
    assert TICKETS.read_cookie(ticket, path=PATH) is None
    assert TICKETS.read(ticket, path="/results/other") is None
    assert TICKETS.read_cookie(cookie, path="/results/other") is None


def test_a_ticket_is_spent_under_a_name_that_opens_nothing() -> None:
    """Two tickets have two names; the name is no part of the ticket."""
    texts = [TICKETS.issue(ALICE, path=PATH, issued_at=5, lifetime=60, unique=bytes([n] * 24)) for n in range(2)]
    names = [issued.id for text in texts if (issued := TICKETS.read(text, path=PATH))]
    assert len(set(names)) == 2
    assert not [text for text in texts if names[0] in text]


@pytest.mark.parametrize(
    ("path", "seconds", "secure", "expected"),
    [
        (PATH, 60.9, False, "sluice-ticket=v; Path=/results/q; Max-Age=60; HttpOnly; SameSite=Lax"),
        (PATH, -3.0, True, "sluice-ticket=v; Path=/results/q; Max-Age=0; HttpOnly; SameSite=Lax; Secure"),
        (PATH, None, False, "sluice-ticket=v; Path=/results/q; HttpOnly; SameSite=Lax"),
        (
            "/a;Domain=x\r\nb,é",
            None,
            False,
            "sluice-ticket=v; Path=/a%3BDomain=x%0D%0Ab%2C%C3%A9; HttpOnly; SameSite=Lax",
        ),
    ],
)
def test_the_cookie_is_for_one_path(path: str, seconds: float | None, secure: bool, expected: str) -> None:  # noqa: FBT001
    """Until the token ends, out of scripts' reach; and nothing in a path can add an attribute."""
    assert expected == set_cookie("v", path=path, seconds=seconds, secure=secure)


def test_a_token_without_an_end_lasts_longest() -> None:
    """None is later than any."""
    endless = Identity(subject="a", tier="free", scopes=frozenset(), expires=None)
    assert (lasts(ALICE), lasts(endless)) == (1000.5, math.inf)


def test_the_key_is_never_shown() -> None:
    """Not by what is printed."""
    assert repr(TICKETS) == "Tickets(...)"


def test_an_accepted_key_reads_and_does_not_write() -> None:
    """Tickets and cookies of the key that was are good while it is accepted; none is made with it."""
    old, both = Tickets("o" * 32), Tickets("k" * 32, "o" * 32)
    ticket = old.issue(ALICE, path=PATH, issued_at=1, lifetime=60, unique=b"u" * 24)
    cookie = old.cookie(ALICE, path=PATH, random=b"r" * 24)
    assert both.read(ticket, path=PATH) == old.read(ticket, path=PATH) is not None
    assert both.read_cookie(cookie, path=PATH) == ALICE
    assert old.read_cookie(both.cookie(ALICE, path=PATH, random=b"r" * 24), path=PATH) is None
    assert both.read("v1.nothing", path=PATH) is None
