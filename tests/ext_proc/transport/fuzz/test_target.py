"""Whatever a client sends: nothing is raised, nothing is said that may not be, and how it was cut is not seen."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ext_proc.transport.fuzz.program import TRAFFIC
from tests.ext_proc.transport.fuzz.target import target
from tests.ext_proc.transport.raw import frames as h2

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.bin"))

FRAME = st.builds(
    h2.Frame, st.integers(0, 11), st.integers(0, 255), st.sampled_from((0, 1, 3, 5, 2, 255)), st.binary(max_size=60)
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=600))
@example(b"")
def test_any_program_holds(raw: bytes) -> None:
    """Frames that are mostly right, drawn from bytes, with answers that come at once, later or never."""
    target(raw)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(FRAME, max_size=30))
def test_any_frames_hold(frames: list[h2.Frame]) -> None:
    """Frames of every kind, with every flag and any payload, after a greeting."""
    target(bytes((TRAFFIC,)) + h2.joined([h2.PREFACE, h2.settings(), *frames]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_hold(raw: bytes) -> None:
    """With a greeting before them, and as they are."""
    target(bytes((TRAFFIC,)) + h2.PREFACE + bytes(h2.settings()) + raw)
    target(bytes((TRAFFIC,)) + raw)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_recorded_traffic_holds(seed: Path) -> None:
    """What Envoy and grpcio really said."""
    target(seed.read_bytes())
