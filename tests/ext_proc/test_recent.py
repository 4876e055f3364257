"""What was made lately is there, and no more of it than is allowed."""

from ext_proc.recent import Recent


def test_what_was_put_is_got() -> None:
    """By its key, and by no other."""
    recent: Recent[str, int] = Recent(limit=2)
    assert recent.put("a", 1) == 1
    assert (recent.get("a"), recent.get("b")) == (1, None)


def test_past_the_limit_the_first_is_forgotten() -> None:
    """It holds no more than it may, however much comes."""
    recent: Recent[int, int] = Recent(limit=2)
    for number in range(5):
        recent.put(number, number)
    assert [recent.get(number) for number in range(5)] == [None, None, None, 3, 4]


def test_a_key_that_comes_again_takes_no_second_place() -> None:
    """Its newer value counts, and nobody has to go for it."""
    recent: Recent[str, int] = Recent(limit=2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.put("b", 3)
    assert (recent.get("a"), recent.get("b")) == (1, 3)
