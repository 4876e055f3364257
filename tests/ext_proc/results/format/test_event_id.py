"""Event ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format.event_id import EventId


@given(st.builds(EventId, st.integers(0, 2**31 - 1), st.integers(-1, 2**63 - 1), st.booleans()))
def test_round_trip(place: EventId) -> None:
    """Every id is read back as it was written, and is short."""
    assert place == EventId.parse(str(place))
    assert len(str(place)) <= 200


@given(st.text(max_size=40))
def test_canonical(text: str) -> None:
    """Whatever is accepted is exactly what would be written."""
    place = EventId.parse(text)
    assert place is None or str(place) == text


@pytest.mark.parametrize(
    "text",
    [
        *["", "v1", "v1.0", "v1.0.", "v2.0.0", "v1.00.1", "v1.0.01", "v1.0.-2", "v1.-1.0", "v1.0.1 ", "v1.0.1\n"],
        *[f"v1.{2**31}.0", f"v1.0.{2**63}", "v1.0.0.0", '[{"topic":"t","partition":0,"offset":1}]', "V1.0.0", "v1.0.٣"],
        *["v1.0.0.END", "v1.0.0.end.end", "v1.0.end", "v1.0.0end"],
    ],
)
def test_malformed(text: str) -> None:
    """Anything else is not an id."""
    assert EventId.parse(text) is None


def test_final() -> None:
    """An end that lies in no record is marked as one."""
    assert EventId.parse("v1.3.7.end") == EventId(3, 7, final=True)
    assert EventId.parse("v1.3.7") == EventId(3, 7)
