"""Counts of calls."""

from demo.standin.calls import _REMEMBERED, Calls


def test_memory_is_bounded() -> None:
    """Questions are forgotten oldest first, and the counts of all calls stay."""
    calls = Calls()
    for number in range(_REMEMBERED + 5):
        with calls.counted(f"q{number}") as call:
            call.ended("finished")
    report = calls.report()
    assert report["calls"] == {"started": _REMEMBERED + 5, "finished": _REMEMBERED + 5}
    assert isinstance(report["questions"], dict)
    assert len(report["questions"]) == _REMEMBERED
    assert "q4" not in report["questions"]
