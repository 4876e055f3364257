"""What the load generator is asked for, and what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bench.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadJob:
    """Requests for one server.

    Attributes:
        at: The server.
        requests: Whole requests, sent over and over in this order; HTTP heads are Latin-1, and bodies here are ASCII.
            Where they hold the place of a number (`bench.http1.NUMBER`), each is sent with the next one.
        connections: How many are open, each with one request at a time.
        seconds: How long requests are begun.
        rate: Requests a second, whatever becomes of them; `None` sends the next on each connection with every answer.
    """

    at: Address
    requests: Sequence[str]
    connections: int
    seconds: float
    rate: float | None = None

    @classmethod
    def told(cls, job: Mapping[str, Any]) -> Self:
        """The job that has travelled as JSON."""
        return cls(**{**job, "at": Address(**job["at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """Of one job.

    Attributes:
        seconds: From the first request to the last answer.
        statuses: How often each status was answered; `lost` counts requests without an answer.
        latencies: Milliseconds from when each request was due to the last byte of its answer.
        late: Milliseconds from when each request was due to when it was written; it is part of its latency.
        cpu: Seconds that the load generator itself used.
        replayed: Answers that say that they are replayed.
    """

    seconds: float
    statuses: Mapping[str, int]
    latencies: Sequence[float]
    late: Sequence[float]
    cpu: float
    replayed: int = 0
