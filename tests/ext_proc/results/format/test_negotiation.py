"""Which format a client gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format import ndjson, sse
from ext_proc.results.format.negotiation import chosen


@pytest.mark.parametrize(
    "accept",
    [
        "application/x-ndjson",
        "APPLICATION/X-NDJSON",
        "application/x-ndjson, */*;q=0.5",
        "text/event-stream;q=0.5, application/x-ndjson",
        "text/event-stream; q=0.1 , application/*; q=0.2",
        "application/x-ndjson;charset=utf-8;q=0.001",
    ],
)
def test_ndjson(accept: str) -> None:
    """Lines are for whoever likes them better."""
    assert chosen(accept, named=True) is ndjson.NAMED
    assert chosen(accept, named=False) is ndjson.UNNAMED


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/event-stream",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/x-ndjson, text/event-stream",
        "application/x-ndjson;q=0",
        "application/x-ndjson;q=0, */*",
        "application/x-ndjson;q=2",
        "application/x-ndjson;q=x",
        "application/json",
        "application/x-ndjson, text/*",
    ],
)
def test_sse(accept: str) -> None:
    """Everybody else, and whoever likes both alike, has Server-Sent Events."""
    assert chosen(accept, named=True) is sse.NAMED
    assert chosen(accept, named=False) is sse.UNNAMED


@given(st.text())
def test_garbage(accept: str) -> None:
    """Whatever a client sends, it is answered in one of them."""
    assert chosen(accept, named=True) in {sse.NAMED, ndjson.NAMED}
