"""What a refusal means."""

import pytest

from workers.errors import ModelRejected, ModelUnavailable
from workers.models.failure import failure, retry_after


class At:
    """A clock that stands still, at noon of the first of January 2026."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return 1_767_268_800_000

    def monotonic(self) -> float:
        """Not asked for."""
        raise NotImplementedError

    def random(self, size: int) -> bytes:
        """Not asked for."""
        raise NotImplementedError


@pytest.mark.parametrize(
    ("status", "final", "kind"),
    [
        (400, False, ModelRejected),
        (403, False, ModelRejected),
        (499, False, ModelRejected),
        (408, False, ModelUnavailable),
        (409, False, ModelUnavailable),
        (425, False, ModelUnavailable),
        (429, False, ModelUnavailable),
        (429, True, ModelRejected),
        (500, False, ModelUnavailable),
        (529, False, ModelUnavailable),
    ],
)
def test_table(status: int, final: bool, kind: type[Exception]) -> None:  # noqa: FBT001 - a parameter of a test
    """A 4xx is final but for those that blame the moment; everything else may pass, unless it says that it will not."""
    assert type(failure(provider="p", status=status, detail="d", final=final)) is kind


def test_detail_is_cut() -> None:
    """What a provider says is kept to a line: it ends up in headers and logs."""
    assert len(str(failure(provider="p", status=400, detail="x" * 9000))) < 400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are understood, and nonsense asks for nothing."""
    assert retry_after(headers, clock=At()) == seconds
