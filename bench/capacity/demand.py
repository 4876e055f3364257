"""What is asked of a deployment, in its busiest moments."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What nobody measured here, and every capacity plan has to say.

    Attributes:
        peak: The busiest second, over the average of the day.
        busy: The share of a core that a process is loaded with at the peak; the rest is headroom for what is above it,
            for garbage collection, and for the others when one of them is restarted.
        replication: Copies of each record.
        answer_seconds: How long a model speaks.
        tokens: Of an answer, each a delta of the model's stream.
        delta_interval: Seconds of text in one event.
        other_events: Of an answer, besides its text.
        chunks_a_query: Chunks that are submitted for each query that is asked.
        open_seconds: How long a stream stays open that waits for something else than an answer.
        event_seconds: How often such a stream is sent an event.
        ping_seconds: How often a stream is pinged.
    """

    peak: float = 10.0
    busy: float = 0.6
    replication: int = 3
    answer_seconds: float = 5.0
    tokens: float = 300.0
    delta_interval: float = 0.05
    other_events: float = 8.0
    chunks_a_query: float = 1.0
    open_seconds: float = 600.0
    event_seconds: float = 60.0
    ping_seconds: float = 15.0

    @property
    def events(self) -> float:
        """Of an answer's stream."""
        return min(self.tokens, self.answer_seconds / self.delta_interval) + self.other_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What happens in one second, and what is open.

    Attributes:
        corpus: Chunks in the index.
    """

    queries: float = 0.0
    chunks: float = 0.0
    events: float = 0.0
    opened: float = 0.0
    streams: float = 0.0
    pings: float = 0.0
    corpus: float = 0.0


def of_queries(a_day: float, *, corpus: float, assumed: Assumptions) -> Flow:
    """The peak of a day with so many queries."""
    rate = a_day / DAY * assumed.peak
    streams = rate * assumed.answer_seconds
    return Flow(
        queries=rate,
        chunks=rate * assumed.chunks_a_query,
        events=rate * assumed.events,
        opened=rate,
        streams=streams,
        pings=streams / assumed.ping_seconds,
        corpus=corpus,
    )


def of_streams(count: float, *, assumed: Assumptions) -> Flow:
    """So many open streams that wait for something else than an answer; they are at their peak all day."""
    return Flow(
        events=count / assumed.event_seconds,
        opened=count / assumed.open_seconds,
        streams=count,
        pings=count / assumed.ping_seconds,
    )
