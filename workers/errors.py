"""What a stage can report of one record or of a model.

```
StageError
├── Poison             the record can never be handled: dead letter
│   ├── ModelRejected      the provider refuses this input for good
│   ├── ModelSpent         a spending limit is reached: waiting does not lift it
│   └── Untrusted          the record's signature does not fit it
├── Expired            the query is past its tier's deadline: its stream ends, and there is no dead letter
└── Transient          the same record may succeed later: retry with backoff
    ├── ModelUnavailable   the provider is busy, limited or down
    └── ModelUnusable      the provider refuses our key or our configuration, whatever the input
```
"""

from typing import ClassVar

GIVEN_UP = (
    "internal",
    "malformed",
    "model-rejected",
    "model-unavailable",
    "model-unusable",
    "spend-limit",
    "untrusted",
)
"""The usual reasons of dead letters; an index or a bus that fails for long adds its own."""

# With these a provider says that a model has no room, and has done nothing: Anthropic by 529, others by 503.
_OVERLOADED = frozenset({503, 529})


class StageError(Exception):
    """A record could not be handled. `reason` is a stable word for metrics, headers and dead letters."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Poison(StageError):
    """No retry will help."""


class ModelRejected(Poison):
    """The provider refused the input: `status` is its HTTP status."""

    def __init__(self, *, provider: str, status: int, detail: str) -> None:
        super().__init__("model-rejected", f"{provider} answered {status}: {detail}")
        self.provider = provider
        self.status = status


class ModelSpent(Poison):
    """A spending limit is reached, which lasts until somebody pays or raises it: `status` is the HTTP status."""

    def __init__(self, *, provider: str, status: int, detail: str) -> None:
        super().__init__("spend-limit", f"{provider} answered {status}: {detail}")
        self.provider = provider
        self.status = status


class Untrusted(Poison):
    """The record's signature is missing or does not fit: it was not written by a part of Sluice."""

    def __init__(self, detail: str) -> None:
        super().__init__("untrusted", detail)


class Expired(StageError):
    """The query is older than its tier's deadline allows; `age` is in seconds."""

    def __init__(self, *, age: float) -> None:
        super().__init__("deadline-exceeded", f"asked {age:.1f} s ago")
        self.age = age


class Transient(StageError):
    """A retry may help; `retry_after` is what the other side asked for, in seconds.

    `counted` says that a try was used up: one that is not says nothing about the record, which is never given up for it.
    """

    counted: ClassVar[bool] = True

    def __init__(self, reason: str, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after


class ModelUnavailable(Transient):
    """The provider did not answer, or said to come back later.

    Args:
        provider: Who it is, as it is named in metrics.
        status: Its HTTP status, if it gave one.
        detail: What it said.
        retry_after: Seconds, where it said when to come back.
        begun: It had begun to answer, or may have: the call may be paid for, and was not refused.
    """

    def __init__(
        self,
        *,
        provider: str,
        status: int | None,
        detail: str,
        retry_after: float | None = None,
        begun: bool | None = None,
    ) -> None:
        said = f"answered {status}" if status is not None else "did not answer"
        super().__init__("model-unavailable", f"{provider} {said}: {detail}", retry_after=retry_after)
        self.provider = provider
        self.status = status
        self.begun = status is None if begun is None else begun

    @property
    def overloaded(self) -> bool:
        """The model has no room now; another one may."""
        return self.status in _OVERLOADED


class ModelUnusable(Transient):
    """The provider refuses whoever we say we are, or what we ask it for: somebody must mend the configuration."""

    counted = False

    def __init__(self, *, provider: str, status: int, detail: str) -> None:
        super().__init__("model-unusable", f"{provider} answered {status}: {detail}")
        self.provider = provider
        self.status = status
