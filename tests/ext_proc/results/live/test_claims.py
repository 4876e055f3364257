"""Whose a ticket is, and for how long that is remembered."""

from ext_proc.results.live.claims import GRACE, Claim, Claims


def _claim(ticket: str, holder: str = "r", *, issued_at: int = 1_000, until: int = 61_000) -> Claim:
    return Claim(ticket=ticket, holder=holder, issued_at=issued_at, until=until)


def test_the_first_claim_stands() -> None:
    """Whoever comes later has it not, however often."""
    claims = Claims()
    assert claims.holder("t") is None
    for holder in ("first", "second", "first", "third"):
        claims.add(_claim("t", holder), now=1_000)
    assert claims.holder("t") == "first"


def test_it_is_remembered_while_the_ticket_is_good_and_a_little_longer() -> None:
    """Then it is forgotten, and the ticket is judged no more."""
    claims, end = Claims(), 61_000 + GRACE
    claims.add(_claim("t"), now=1_000)
    claims.add(_claim("u", until=100_000), now=end)
    assert claims.holder("t") == "r"
    assert claims.judges(issued_at=1_000, until=61_000, now=end)
    claims.add(_claim("v", until=100_000), now=end + 1)
    assert (claims.holder("t"), claims.holder("u")) == (None, "r")
    assert not claims.judges(issued_at=1_000, until=61_000, now=end + 1)


def test_past_its_number_what_is_as_old_counts_as_spent() -> None:
    """Memory is bounded; what is forgotten for that cannot be used again."""
    claims = Claims(limit=2)
    for number in range(3):
        claims.add(_claim(f"t{number}", issued_at=1_000 + number), now=1_000)
    assert [claims.holder(f"t{number}") for number in range(3)] == [None, "r", "r"]
    assert [claims.judges(issued_at=1_000 + number, until=61_000, now=2_000) for number in range(3)] == [
        False,
        True,
        True,
    ]


def test_what_the_feed_has_missed_counts_as_spent() -> None:
    """Of tickets that were issued until then; later ones are judged as ever."""
    claims = Claims()
    claims.lose(5_000)
    claims.lose(4_000)
    assert not claims.judges(issued_at=5_000, until=65_000, now=5_001)
    assert claims.judges(issued_at=5_001, until=65_001, now=5_001)
