"""Every context has one end, or there is no figure."""

import asyncio

import pytest

from bench.answers.job import Answered, Heard
from bench.errors import Unmeasured

MS = 1_000_000


def heard(*keys: bytes) -> Heard:
    """Contexts that were all begun at one moment."""
    found = Heard()
    for key in keys:
        found.asked(key, at=0)
    return found


async def test_times() -> None:
    """The first text and the end are counted from before the context was made; other events and other keys are not."""
    found = heard(b"a", b"b")
    events = [(b"a", "retrieved", 1), (b"a", "delta", 2), (b"a", "delta", 3), (b"x", "done", 4), (b"a", "done", 5)]
    for key, name, at in [*events, (b"b", "delta", 6), (b"b", "done", 7)]:
        found.event(key, name, at=at * MS)
    await found.whole(seconds=0.0)
    expected = Answered(ends=[5.0, 7.0], texts=[2.0, 6.0], last=0.007, open=0, deltas=3)
    assert expected == found.read().checked("it")


async def test_what_a_model_wrote() -> None:
    """An answer's end says how many tokens the model wrote; one that no model was asked for says none."""
    found = heard(b"a", b"b")
    found.event(b"a", "done", at=MS, body=b'{"token_usage":{"completion_tokens":80}}')
    found.event(b"b", "done", at=MS, body=b"{}")
    assert (80, 0) == (found.read().tokens, found.read().tokens)


async def test_the_next_reading() -> None:
    """What was read is forgotten, and what is asked then has times of its own."""
    found = heard(b"a")
    found.event(b"a", "done", at=MS)
    found.read()
    found.asked(b"b", at=2 * MS)
    found.event(b"b", "done", at=5 * MS)
    assert [3.0] == found.read().ends


async def test_one_that_is_not_answered() -> None:
    """The wait ends with silence, and what is open is no figure."""
    found = heard(b"a", b"b")
    found.event(b"a", "done", at=MS)
    with pytest.raises(TimeoutError):
        await found.whole(seconds=0.0)
    with pytest.raises(Unmeasured, match="1 were answered and 1 were not"):
        found.read().checked("it")


async def test_the_wait_ends_with_the_last() -> None:
    """Whoever waits is told by the last end."""
    found = heard(b"a", b"b")
    waiting = asyncio.create_task(found.whole(seconds=60.0))
    await asyncio.sleep(0)
    found.event(b"a", "done", at=MS)
    found.event(b"b", "done", at=MS)
    await waiting
    assert 2 == len(found.read().ends)


async def test_an_end_that_comes_twice() -> None:
    """A second end is no figure, also where it comes with the next reading."""
    found = heard(b"a")
    found.event(b"a", "done", at=MS)
    found.read().checked("it")
    found.event(b"a", "done", at=MS)
    with pytest.raises(Unmeasured, match="done came after done"):
        found.read().checked("it")


async def test_another_end() -> None:
    """An error is cheaper than an answer."""
    found = heard(b"a")
    found.event(b"a", "error", at=MS)
    with pytest.raises(Unmeasured, match="an answer ended with error"):
        found.read().checked("it")
