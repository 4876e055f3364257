"""What an Idempotency-Key costs, in the table."""

from bench.keyed import Keyed
from bench.keyed_rows import keyed_rows
from bench.slices import Slice

CPU = {"envoy": 0.5, "processor-0": 1.0, "kafka": 0.25}
FRESH = Slice(rate=200.0, cpu=CPU, latencies=[2.0, 6.0], late=[0.1], generator=0.1)
REPLAYED = Slice(rate=200.0, cpu={**CPU, "kafka": 0.0}, latencies=[1.0, 3.0], late=[0.1], generator=0.1)


def test_rows() -> None:
    """Both slices have their times and what they cost each process."""
    shown = {row.what: row.sluice for row in keyed_rows([Keyed(fresh=FRESH, replayed=REPLAYED)], rate=200.0)}
    at = "at 200/s, a fresh Idempotency-Key in each"
    assert ("2.0", "6.0") == (shown[f"p50 {at}, ms"], shown[f"p99 {at}, ms"])
    assert ("1.50", "0.50") == (shown[f"CPU seconds for 1000 POSTs {at}"], shown[f"- of which Envoy {at}"])
    assert "1.00" == shown[f"- of which the processor {at}"]
    assert "0.25" == shown[f"the broker's CPU seconds for 1000 POSTs {at}"]
    assert ("3.0", "0.00") == (
        shown["p99 at 200/s, replayed, ms"],
        shown["the broker's CPU seconds for 1000 POSTs at 200/s, replayed"],
    )


def test_what_was_not_measured() -> None:
    """Without replays there are no rows of them."""
    assert not any("replayed" in row.what for row in keyed_rows([Keyed(fresh=FRESH, replayed=None)], rate=200.0))
    assert not list(keyed_rows([], rate=200.0))
