"""Trace context is taken as it should be, and as nothing else."""

import pytest

from runtime.tracing.context import TraceContext, context_of, parsed
from tests.fixtures.tracing import SAMPLED, UNSAMPLED


def test_its_parts() -> None:
    """A context knows its trace, its span, and whether it is recorded; and can be handed on as one that is not."""
    context = parsed(SAMPLED, "a=b")
    assert TraceContext(SAMPLED, "a=b") == context
    assert ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", True) == (
        context.trace_id,
        context.span_id,
        context.sampled,
    )
    assert TraceContext(UNSAMPLED, "a=b") == context.unsampled()
    assert not context.unsampled().sampled


def test_of_headers() -> None:
    """Requests carry it in two headers, of which the second may be missing."""
    assert TraceContext(SAMPLED) == context_of({"traceparent": SAMPLED})
    assert context_of({}) is None


@pytest.mark.parametrize(
    "bad", ["", "x", SAMPLED + "0", SAMPLED.upper(), "01" + SAMPLED[2:], "00-" + "0" * 32 + SAMPLED[35:]]
)
def test_what_is_malformed_is_none(bad: str) -> None:
    """A version that we do not know, ids of nothing but zeros, and whatever else is not as the standard has it."""
    assert parsed(bad) is None
