"""Questions to a server that has just started."""

import asyncio

import pytest

from bus.memory import MemoryBus
from ext_proc.results.errors import Busy
from ext_proc.results.http.residents import Residents
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.topics import Topics
from ext_proc.results.meters import Meters
from ext_proc.results.past.page import Past
from ext_proc.results.past.pool import ReaderPool
from ext_proc.results.reader.anteroom import Anteroom
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.status.service import Question, StatusService
from ext_proc.results.trust import anybody
from runtime.clock import SystemClock
from runtime.metrics import Registry, ResultsMetrics
from tests.ext_proc.results.desk import Open
from tests.ext_proc.results.status.enquiry import ask, status

WANTS = Subscription(topic="t", key="k", user_id="alice", tier="free", view="status", known_by="q")


async def test_a_feed_that_does_not_catch_up() -> None:
    """Memory would say too little: after a while the client is asked to come back."""
    hub = Hub(topics=Topics(events=frozenset({"t"}), proofs=frozenset({"q"})), history_bytes=1)
    service = StatusService(
        hub=hub,
        past=Past(ReaderPool(bus=MemoryBus(), readers=1, waiting=1)),
        trust=anybody,
        residents=Residents(limit=1),
        anteroom=Anteroom(proofs=hub.proofs),
        ready=asyncio.Event().wait,
        clock=SystemClock(),
        catch_up=0.01,
    )
    meters = Meters(ResultsMetrics(Registry()), ["t"]).of("t")
    with pytest.raises(Busy, match="caught up"):
        await service.answer(Question(wants=WANTS), meters)


async def test_a_feed_that_catches_up(open_: Open, bus: MemoryBus) -> None:
    """A question that comes too early is answered as soon as memory can be believed."""
    async with open_() as desk:
        await desk.put("done")
    bus.stop()
    async with open_(ready=False) as desk:
        getting = asyncio.create_task(ask(desk))
        await asyncio.sleep(0)
        bus.start()
        async with await getting as client:
            assert (await client.body())["status"] == "done"
        assert await status(desk) == "done"
