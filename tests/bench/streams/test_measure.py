"""What is measured of streams, and in which order."""

import pytest

from bench.errors import Unmeasured
from bench.plan import Plan
from bench.streams.figures import Load
from bench.streams.measure import check_files, loads


def test_loads() -> None:
    """From few streams to many, so that each opens only what the one before did not; the busy one first."""
    expected = [(1000, 2000.0), (5000, 2000.0), (5000, 50.0)]
    assert [Load(streams=streams, rate=rate) for streams, rate in expected] == loads(Plan())


def test_open_files() -> None:
    """Where the machine cannot hold so many, the error says what to change."""
    with pytest.raises(Unmeasured, match=r"ulimit -Hn.*--streams"):
        check_files(10**9)
    check_files(1)
