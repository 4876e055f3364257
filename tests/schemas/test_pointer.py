"""JSON pointers as URI fragments."""

import pytest

from schemas.pointer import pointer


# The table of RFC 6901, 6, less the two rows that only differ in the document.
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], "#"),
        (["foo"], "#/foo"),
        (["foo", 0], "#/foo/0"),
        ([""], "#/"),
        (["a/b"], "#/a~1b"),
        (["c%d"], "#/c%25d"),
        (["e^f"], "#/e%5Ef"),
        (["g|h"], "#/g%7Ch"),
        (["i\\j"], "#/i%5Cj"),
        (['k"l'], "#/k%22l"),
        ([" "], "#/%20"),
        (["m~n"], "#/m~0n"),
        (["é"], "#/%C3%A9"),
        (["\ud800"], "#/?"),
    ],
)
def test_steps_become_a_fragment(steps: list[str | int], expected: str) -> None:
    """The pointer is the one of RFC 6901, percent-encoded as a fragment."""
    assert expected == pointer(steps)
