"""Times as clients write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc import moment

_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(_MOMENTS)
def test_iso(when: datetime) -> None:
    """What is written in ISO 8601 is read to the millisecond."""
    assert round(when.timestamp() * 1000) == moment.parse(when.isoformat())


@given(st.integers(0, moment.LATEST))
def test_milliseconds(when: int) -> None:
    """A number is milliseconds."""
    assert when == moment.parse(str(when))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01", 1000),
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T02:00:01+02:00", 1000),
        ("1970-01-01 00:00:01.5Z", 1500),
        ("20260131", 20260131),
    ],
)
def test_forms(text: str, expected: int) -> None:
    """A date is its midnight, and what says no offset is UTC."""
    assert expected == moment.parse(text)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "-1", "1969-12-31", "10000-01-01", str(moment.LATEST + 1), "9" * 5000, "1e3", "١٢"]
)
def test_no_time(text: str) -> None:
    """Anything else is no time."""
    assert moment.parse(text) is None


@given(st.text(max_size=40))
def test_garbage(text: str) -> None:
    """Whatever a client sends, it is a time in range or none."""
    found = moment.parse(text)
    assert found is None or 0 <= found <= moment.LATEST
