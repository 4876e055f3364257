"""The spans of a worker, by OpenTelemetry's conventions for messaging and for generative AI.

https://opentelemetry.io/docs/specs/semconv/messaging/
https://opentelemetry.io/docs/specs/semconv/gen-ai/
No span holds what anybody asked, wrote or was answered, nor who.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bus.records import Received, with_headers
from runtime.tracing.context import PARENT, STATE, TraceContext, parsed
from runtime.tracing.current import current, within
from runtime.tracing.span import Attributes, Span, lasting
from runtime.tracing.tracer import Tracer
from workers.outcome import Outcome
from workers.ports import Prompt, Usage
from workers.query import query_id_of
from workers.topics import CONTEXTS, QUERIES

_KAFKA: Attributes = {"messaging.system": "kafka"}


@dataclass(frozen=True, slots=True)
class RecordWork:
    """A record in work; as `Work`."""

    record: Received

    def facts(self) -> Mapping[str, str]:
        """Its trace and, where it is about one, its query."""
        context = handed_on(self.record)
        found = {"trace_id": context.trace_id} if context else {}
        return found | ({"query_id": query_id_of(self.record)} if self.record.topic in {QUERIES, CONTEXTS} else {})


def handed_on(record: Received) -> TraceContext | None:
    """Where the record comes from."""
    return parsed(record.header(PARENT), record.header(STATE))


@contextmanager
def processing(tracer: Tracer, record: Received, *, stage: str, now: int) -> Iterator[Span]:
    """A record is handled in the context: first of all it is entered how long it has waited, up to `now` in ms."""
    context = handed_on(record)
    about: Attributes = {
        **_KAFKA,
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "sluice.stage": stage,
    }
    begun = min(record.timestamp, now)
    if context is not None and context.sampled:
        tracer.join(context, f"wait {record.topic}", kind="internal", attributes=about, start=begun).end(at=now)
    operation: Attributes = {"messaging.operation.type": "process", "messaging.operation.name": "process"}
    span = tracer.join(
        context,
        f"process {record.topic}",
        kind="consumer",
        attributes={**about, **operation, "sluice.wait_ms": now - begun},
        start=now,
    )
    with within(span):
        yield span


@contextmanager
def sending(outcome: Outcome) -> Iterator[Outcome]:
    """What follows from a record is written in the context, and hands on the span of that."""
    outer = current()
    if not outer.recording or not outcome.records:
        yield outcome
        return
    topics = " ".join(dict.fromkeys(record.topic for record in outcome.records))
    operation: Attributes = {"messaging.operation.type": "send", "messaging.operation.name": "send"}
    about: Attributes = {
        **_KAFKA,
        **operation,
        "messaging.destination.name": topics,
        "messaging.batch.message_count": len(outcome.records),
    }
    with lasting(outer.child(f"send {topics}", kind="producer", attributes=about)) as span:
        yield _handing_on(outcome, span)


def _handing_on(outcome: Outcome, span: Span) -> Outcome:
    context = span.context
    if context is None:
        return outcome
    said = [(PARENT, context.parent), *([(STATE, context.state)] if context.state else [])]
    records = [replace(record, headers=with_headers(record.headers, said)) for record in outcome.records]
    return Outcome(records, final=outcome.final)


@contextmanager
def embedding(waiting: Sequence[Span], *, model: str, provider: str) -> Iterator[None]:
    """One call of a model for all who wait for it: a span of the first one's trace, linked with those of the others."""
    recording = [span for span in waiting if span.recording]
    if not recording:
        yield
        return
    first, *others = recording
    about = {**_gen_ai("embeddings", model=model, provider=provider), "sluice.texts": len(waiting)}
    with lasting(first.child(f"embeddings {model}", kind="client", attributes=about)) as span:
        for other in others:
            _link(span, other)
        yield


def chat(prompt: Prompt, *, provider: str, tier: str) -> Span:
    """The call of a model that answers."""
    outer = current()
    if not outer.recording:
        return outer
    about = {
        **_gen_ai("chat", model=prompt.model, provider=provider),
        "gen_ai.output.type": "text",
        "gen_ai.request.max_tokens": prompt.max_tokens,
        "gen_ai.request.stream": True,
        "sluice.tier": tier,
        "sluice.passages": len(prompt.passages),
    }
    return outer.child(f"chat {prompt.model}", kind="client", attributes=about)


def used(span: Span, usage: Usage) -> None:
    """What the call has cost, as far as that is known."""
    if span.recording:
        span.note("gen_ai.response.model", usage.model)
        span.note("gen_ai.response.finish_reasons", (usage.stop_reason,))
        span.note("gen_ai.usage.input_tokens", usage.input_tokens)
        span.note("gen_ai.usage.output_tokens", usage.output_tokens)


def _gen_ai(operation: str, *, model: str, provider: str) -> dict[str, str | int | bool]:
    return {"gen_ai.operation.name": operation, "gen_ai.provider.name": provider, "gen_ai.request.model": model}


def _link(one: Span, other: Span) -> None:
    """Both ways: whoever looks at either finds the other."""
    if one.context is not None and other.context is not None:
        one.link(other.context)
        other.link(one.context)
