"""The streams' part of the table."""

from bench.streams.contenders import PEER
from bench.streams.rows import stream_rows
from tests.bench.made import PLAIN, STREAMS

SHOWN = {(row.what, row.of): row.cells[2:] for row in stream_rows(STREAMS)}


def test_rows() -> None:
    """Each figure is in its contender's line, with the ratio to the peer's and with what is expected."""
    at = "1000 streams, 2000 events a second"
    assert ("2.0", "", "1.00", "at most 10", "held") == SHOWN[f"record to bytes at the client, {at}, p50, ms", PLAIN]
    assert ("4.0", "", "1.00", "at most 50", "held") == SHOWN[f"record to bytes at the client, {at}, p99, ms", PLAIN]
    assert ("250", "", "1.00", "", "") == SHOWN[f"CPU µs of an event, {at}", PLAIN]
    assert ("200", "", "", "", "") == SHOWN[f"- of which the results server, {at}", PLAIN]
    what = "CPU µs of a record that nobody watches, in the server"
    assert ("170", "160 to 180", "0.71", "", "") == SHOWN[what, PLAIN]


def test_idle() -> None:
    """What a stream holds is by process, and opening it costs all of them."""
    assert ("20", "", "2.00", "at most 20", "held") == SHOWN["memory of an idle stream in the server, PSS, kB", PLAIN]
    assert ("60", "", "", "at most 60", "held") == SHOWN["- and in Envoy, PSS, kB", PLAIN]
    assert ("320", "", "5.33", "", "") == SHOWN["memory of all processes with 1000 idle streams, PSS, MB", PLAIN]
    assert ("2200", "", "4.40", "", "") == SHOWN["CPU µs of opening a stream", PLAIN]


def test_a_burst() -> None:
    """The rate counts from the first event to the last."""
    what = "events a second, 1000 streams, as fast as records are written"
    assert ("1998", "", "1.00", "", "") == SHOWN[what, PLAIN]
    assert "1998" == SHOWN[what, PEER][0]
