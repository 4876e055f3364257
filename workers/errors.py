"""What a stage can report of one record or of a model.

```
StageError
├── Poison             the record can never be handled: dead letter
│   ├── ModelRejected      the provider refuses this input for good
│   └── Untrusted          the record's signature does not fit it
├── Expired            the query is past its tier's deadline: its stream ends, and there is no dead letter
└── Transient          the same record may succeed later: retry with backoff
    └── ModelUnavailable   the provider is busy, limited or down
```
"""


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
    """A retry may help; `retry_after` is what the other side asked for, in seconds."""

    def __init__(self, reason: str, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after


class ModelUnavailable(Transient):
    """The provider did not answer, or said to come back later; `status` is its HTTP status, if it gave one."""

    def __init__(self, *, provider: str, status: int | None, detail: str, retry_after: float | None = None) -> None:
        said = f"answered {status}" if status is not None else "did not answer"
        super().__init__("model-unavailable", f"{provider} {said}: {detail}", retry_after=retry_after)
        self.provider = provider
        self.status = status
