"""A chain runs its steps in order, and the body phase to its end where a plugin asks for that."""

import asyncio
from collections.abc import Callable

import pytest

from ext_proc.build import _completing
from ext_proc.chain import Chain, TimedStep
from ext_proc.completion import Completion
from ext_proc.exchange import Exchange
from ext_proc.plan import RoutePlan
from ext_proc.reply import Reply
from runtime.tally import Times


def exchange(**headers: str) -> Exchange:
    """One request."""
    return Exchange(
        route="r",
        method="POST",
        path="/",
        query="",
        params={},
        headers=headers,
        claims={},
        unique=bytes(24),
        received_at=0,
        trace_id="0" * 32,
    )


class Slow:
    """A step that has begun when `begun` is set, and ends once `go` is."""

    def __init__(self) -> None:
        self.begun, self.go, self.done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, _: Exchange) -> Reply | None:
        self.begun.set()
        await self.go.wait()
        self.done.set()
        return Reply(status=202, reason="accepted")


def chain(*steps: Callable[..., object], times: Times | None = None, completes: bool = False) -> Chain:
    """These steps in the body phase; with `completes`, requests with a header `key` are completed."""
    timed = [TimedStep(run=step, seconds=times or Times((1.0,))) for step in steps]  # type: ignore[arg-type]
    return Chain(
        route="r",
        plan=RoutePlan(body=True, cluster=None),
        on_headers=(),
        on_body=timed,
        completion=Completion() if completes else None,
        completes=[lambda request: "key" in request.headers] if completes else (),
    )


async def test_a_chain_that_does_not_wait_ends_at_once() -> None:
    """No task and no turn of the loop: whoever drives the coroutine has the answer with the first step."""

    async def answers(_: Exchange) -> Reply | None:
        return Reply(status=202, reason="accepted")

    for completes in (False, True):
        with pytest.raises(StopIteration) as ended:
            chain(answers, completes=completes).body(exchange()).send(None)
        assert ended.value.value.status == 202


@pytest.mark.parametrize(("headers", "ends"), [({"key": "1"}, True), ({}, False)])
async def test_only_what_asks_for_it_is_completed(headers: dict[str, str], ends: bool) -> None:  # noqa: FBT001 - a column
    """Where the client goes away in the middle, a request with a key goes on, and one without ends there."""
    slow = Slow()
    asking = asyncio.create_task(chain(slow, completes=True).body(exchange(**headers)))
    await slow.begun.wait()
    asking.cancel()
    await asyncio.wait({asking})
    slow.go.set()
    async with asyncio.timeout(5):
        for _ in range(3):
            await asyncio.sleep(0)
    assert slow.done.is_set() == ends


async def test_each_step_is_timed_until_one_answers() -> None:
    """A step after the answer does not run, and is not counted."""
    times, ran = Times((1.0,)), []

    async def silent(_: Exchange) -> Reply | None:
        ran.append("silent")
        return None

    async def answers(_: Exchange) -> Reply | None:
        ran.append("answers")
        return Reply(status=202, reason="accepted")

    await chain(silent, answers, silent, times=times).body(exchange())
    assert ran == ["silent", "answers"]
    assert times.cumulated()[-1] == ("+Inf", 2)


def test_a_plugin_says_once_or_of_each_request_that_it_completes() -> None:
    """Both forms of `completes` are asked for each request."""

    class Always:
        completes = True

    class Sometimes:
        def completes(self, request: Exchange) -> bool:
            return "key" in request.headers

    always, sometimes = _completing([Always(), Sometimes(), object()])  # type: ignore[list-item]
    assert [ask(exchange()) for ask in (always, sometimes)] == [True, False]
    assert [ask(exchange(key="1")) for ask in (always, sometimes)] == [True, True]
