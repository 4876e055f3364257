"""The streams' part of the table."""

from bench.contenders import PEER, SLUICE
from bench.processes import Memory
from bench.streams.crowd import Spell
from bench.streams.figures import Idle, Load, StreamFigures
from bench.streams.rows import stream_rows


def spell(**cpu: float) -> Spell:
    """A thousand events in half a second."""
    return Spell(events=1000, latencies=[2.0, 4.0], seconds=0.5, late=[0.1], cpu=cpu)


def held(**megabytes: float) -> dict[str, Memory]:
    """By process."""
    return {name.replace("_", "-"): Memory(resident=0.0, proportional=held) for name, held in megabytes.items()}


OURS, THEIRS = spell(**{"envoy": 0.25, "processor-0": 0.0, "results-0": 0.5}), spell(peer=0.5)
FIGURES = StreamFigures(
    loads={Load(streams=1000, rate=2000.0): {SLUICE: [OURS], PEER: [THEIRS]}},
    bursts={SLUICE: [OURS], PEER: [THEIRS]},
    burst_streams=1000,
    unwatched={SLUICE: [20.0, 30.0, 25.0], PEER: [10.0, 10.0, 10.0]},
    idle={
        SLUICE: Idle(
            before=held(envoy=100.0, results_0=50.0), after=held(envoy=150.0, results_0=70.0), opened=1000, streams=5000
        ),
        PEER: Idle(before=held(peer=50.0), after=held(peer=60.0), opened=1000, streams=5000),
    },
)


def test_rows() -> None:
    """Each figure is in its column, with the ratio of both and with what is expected."""
    shown = {row.what: row.cells[1:] for row in stream_rows(FIGURES)}
    at = "1000 streams, 2000 events a second"
    assert ("2.0", "2.0", "1.00", "under 10") == shown[f"record to bytes at the client, {at}, p50, ms"]
    assert ("4.0", "4.0", "1.00", "under 50") == shown[f"record to bytes at the client, {at}, p99, ms"]
    assert ("0.75", "0.50", "1.50", "") == shown[f"CPU seconds for 1000 events, {at}"]
    assert ("0.50", "", "", "") == shown[f"- of which the results server, {at}"]
    assert ("25 (20-30)", "10", "2.50", "") == shown["CPU µs of a record that nobody watches, in the server"]
    assert ("20", "10", "2.00", "under 20") == shown["memory of an idle stream, over 1000, kB, in Python"]
    assert ("50", "", "", "under 60") == shown["memory of an idle stream, over 1000, kB, in Envoy"]
    whole = "memory in all with 5000 idle streams (Envoy, processor, results server), PSS, MB"
    assert ("220", "60", "3.67", "a JVM gateway: 400") == shown[whole]


def test_a_burst() -> None:
    """The rate counts from the first event to the last; a process's own, from its CPU time alone."""
    shown = {row.what: row.cells[1:] for row in stream_rows(FIGURES)}
    assert "1998" == shown["events a second, 1000 streams, as fast as records are written"][0]
    own = "events a second that one process of Python could deliver, had it a core of its own"
    assert ("2000", "2000", "1.00", "") == shown[own]
