"""Every request has a trace."""

import pytest

from ext_proc.trace import parent, trace_id

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REQUEST_ID = "4a6bd0ad-8cc4-4b6b-9d3b-0d0d6a5f0c11"


def test_the_clients_trace_is_kept() -> None:
    """A valid traceparent is handed on as it came."""
    headers = {"traceparent": GIVEN, "x-request-id": REQUEST_ID}
    assert trace_id(headers) == "0af7651916cd43dd8448eb211c80319c"
    assert parent(headers, trace=trace_id(headers), span=b"12345678") == GIVEN


@pytest.mark.parametrize("bad", ["", "junk", GIVEN.replace("0af7", "0AF7"), "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
def test_else_the_request_id_makes_one(bad: str) -> None:
    """A malformed traceparent is not handed on; Envoy's request id is the trace."""
    headers = {"traceparent": bad, "x-request-id": REQUEST_ID}
    assert trace_id(headers) == REQUEST_ID.replace("-", "")
    assert (
        parent(headers, trace=trace_id(headers), span=b"12345678")
        == f"00-{REQUEST_ID.replace('-', '')}-3132333435363738-01"
    )


def test_without_either_it_is_zero() -> None:
    """What cannot be traced says so, in the right form."""
    assert trace_id({"x-request-id": "short"}) == "0" * 32
