"""Spans as OpenTelemetry has them."""

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from runtime.tracing.context import TraceContext
from runtime.tracing.current import current, step, within
from runtime.tracing.span import UNTRACED, lasting
from tests.fixtures.tracing import OTHER, SAMPLED, UNSAMPLED, Spans, facts, links, parent, place


def test_work_joins_the_trace_that_it_follows_from() -> None:
    """Its parent, its state, its kind, its times, what is said of it and what it is linked with all arrive."""
    spans = Spans()
    span = spans.tracer.join(
        TraceContext(SAMPLED, "a=b"),
        "work",
        kind="consumer",
        attributes={"x": 1},
        links=(TraceContext(OTHER),),
        start=5,
    )
    span.note("y", ("z",))
    part = span.child("part", kind="client")
    part.end()
    span.end(at=7)
    made = spans.of("work")
    assert (SAMPLED[3:35], "a=b") == (span.context.trace_id, span.context.state) if span.context else ()
    assert (SAMPLED[36:52], SpanKind.CONSUMER, 5_000_000, 7_000_000) == (
        parent(made),
        made.kind,
        made.start_time,
        made.end_time,
    )
    assert ({"x": 1, "y": ("z",)}, [OTHER[36:52]]) == (facts(made), links(made))
    assert place(made)[36:52] == parent(spans.of("part"))


def test_what_is_not_sampled_is_handed_on_and_not_recorded() -> None:
    """The flag that came counts, whatever the sampler would say; without one, the sampler decides."""
    spans = Spans()
    span = spans.tracer.join(TraceContext(UNSAMPLED), "work", kind="server")
    part = span.child("part")
    part.note("x", 1)
    part.failed("y")
    part.link(TraceContext(SAMPLED))
    part.end()
    assert (TraceContext(UNSAMPLED), False) == (part.context, part.recording)
    none = Spans(ratio=0.0)
    root = none.tracer.join(None, "root", kind="server")
    assert not root.recording
    assert root.context is not None
    assert not root.context.sampled
    none.tracer.join(TraceContext(SAMPLED), "wanted", kind="server").end()
    assert ([], ["wanted"]) == (spans.names, none.names)


def test_failures_say_what_kind_and_nothing_else() -> None:
    """The first that is said counts; a message, which may hold anything, is in no span."""
    spans = Spans()
    with pytest.raises(ValueError, match="secret"), lasting(spans.tracer.join(None, "work", kind="server")):
        raise ValueError("secret")
    span = spans.tracer.join(None, "other", kind="server")
    span.failed("503")
    span.failed("later")
    span.end()
    made = spans.of("work")
    assert ("ValueError", StatusCode.ERROR, None) == (
        facts(made)["error.type"],
        made.status.status_code,
        made.status.description,
    )
    assert [] == list(made.events)
    assert "503" == facts(spans.of("other"))["error.type"]


def test_steps_are_parts_of_the_work_at_hand() -> None:
    """And of nothing, where nothing is at hand or it is not recorded."""
    spans = Spans()
    with step("nowhere") as nothing:
        assert nothing is UNTRACED
    with within(spans.tracer.join(None, "work", kind="server")), step("one"), step("two"):
        pass
    assert current() is UNTRACED
    assert ["two", "one", "work"] == spans.names
    assert place(spans.of("one"))[36:52] == parent(spans.of("two"))
