"""What a refusal means."""

import pytest

from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable
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
    ("status", "kind"),
    [
        (400, ModelRejected),
        (413, ModelRejected),
        (422, ModelRejected),
        (401, ModelUnusable),
        (402, ModelUnusable),
        (403, ModelUnusable),
        (404, ModelUnusable),
        (499, ModelUnusable),
        (408, ModelUnavailable),
        (409, ModelUnavailable),
        (425, ModelUnavailable),
        (429, ModelUnavailable),
        (500, ModelUnavailable),
        (529, ModelUnavailable),
    ],
)
def test_table(status: int, kind: type[Exception]) -> None:
    """Three statuses blame the input and four the moment; any other 4xx blames us, and the rest may pass."""
    assert type(failure(provider="p", status=status, detail="d")) is kind


def test_a_spending_limit_is_neither() -> None:
    """Whatever the status it comes with."""
    error = failure(provider="p", status=429, detail="d", spent=True)
    assert (type(error), error.reason) == (ModelSpent, "spend-limit")


def test_what_we_have_to_mend_uses_up_no_try_and_is_logged_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """A record is not to blame for our key."""
    error = failure(provider="p", status=401, detail="d")
    assert isinstance(error, ModelUnusable)
    assert not error.counted
    assert ModelUnavailable.counted
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize(("status", "overloaded"), [(529, True), (503, True), (500, False), (504, False), (429, False)])
def test_an_overload_is_told_from_other_failures(status: int, overloaded: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """Only then does another model have what this one has not."""
    error = failure(provider="p", status=status, detail="d")
    assert isinstance(error, ModelUnavailable)
    assert (error.overloaded, error.begun) == (overloaded, False)


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
