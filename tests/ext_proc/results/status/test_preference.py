"""How long a client would rather wait."""

import pytest

from ext_proc.results.status.preference import preferred_wait


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["wait=10"], 10),
        (["wait=0"], 0),
        (["wait=007"], 7),
        (["Wait = 10"], 10),
        (['wait="10"'], 10),
        (["respond-async, wait=10"], 10),
        (["respond-async", "wait=10"], 10),
        (["handling=lenient; wait=3, wait=10; x=y"], 10),
        (['foo="a, wait=3", wait=10'], 10),
        (['foo="a \\", wait=3", wait=10'], 10),
        ([",, wait=10,"], 10),
        (["wait=10, wait=20"], 10),
        (["wait=99999999999999999999999999"], 9999999999),
        (["wait=" + "0" * 900 + "5"], 5),
    ],
)
def test_a_wait(values: list[str], seconds: int) -> None:
    """It is found in any form that RFC 7240 allows, among others, on one line or several; the first counts."""
    assert seconds == preferred_wait(values)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["respond-async"],
        ["wait"],
        ["wait="],
        ['wait=""'],
        ["wait=-1"],
        ["wait=1.5"],
        ["wait=ten"],
        ["wait=10s"],
        ["wait=\u0661\u0660"],
        ["wait=10 20"],
        ['wait="10'],
        ['foo="bar, wait=10'],
        ["await=10"],
        ["wait=ten, wait=10"],
        ["respond-async; wait=10"],
        ["wait=10," + "x" * 2000],
    ],
)
def test_no_wait(values: list[str]) -> None:
    """What is malformed, is something else, or is too long to be meant, is passed over."""
    assert preferred_wait(values) is None
