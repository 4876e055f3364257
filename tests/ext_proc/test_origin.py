"""A request is itself, whichever processor is asked."""

from ext_proc.origin import received_at, unique
from runtime.clock import SystemClock

CLOCK = SystemClock()


def test_one_request_id_gives_one_value() -> None:
    """The same id gives the same bytes, another id others, and none gives random ones."""
    one, again, other = (unique({"x-request-id": name}, clock=CLOCK) for name in ("a", "a", "b"))
    assert one == again != other
    assert len(one) == 24
    assert unique({}, clock=CLOCK) != unique({}, clock=CLOCK)


def test_the_time_is_envoys() -> None:
    """What Envoy stated counts; without it, or where it is no number, our own clock does."""
    assert received_at({"x-gateway-time": "17"}, clock=CLOCK) == 17
    assert received_at({"x-gateway-time": "soon"}, clock=CLOCK) > 1_700_000_000_000
    assert received_at({}, clock=CLOCK) > 1_700_000_000_000
