"""Parts are killed, stopped and deleted under load: nothing accepted is lost, and nobody restarts anything by hand."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from demo.client import Client, Event
from local.commands import ROOT
from local.system import System
from tests.fixtures.fleet import Fleet
from tests.fixtures.system import caller, metric, text_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

QUESTION = {"question": "What is a weir?"}
PACE_SECONDS = 0.1


@pytest.fixture
def rig(fleet: Fleet) -> System:
    """A system that may be broken."""
    return fleet.system


@asynccontextmanager
async def load(client: Client, *, senders: int = 4) -> AsyncIterator[list[int]]:
    """Posts questions while the context is open, each sender at a pace that workers keep up with; what came back."""
    statuses: list[int] = []
    stop = asyncio.Event()

    async def send() -> None:
        while not stop.is_set():
            statuses.append((await client.post("/queries", QUESTION)).status)
            await asyncio.sleep(PACE_SECONDS)

    async with asyncio.TaskGroup() as senders_at_work:
        for _ in range(senders):
            senders_at_work.create_task(send())
        try:
            yield statuses
        finally:
            stop.set()


async def more(statuses: list[int], count: int) -> None:
    """Returns once so many further requests were answered."""
    wanted = len(statuses) + count
    async with asyncio.timeout(60):
        while len(statuses) < wanted:  # noqa: ASYNC110  # the load has no event of its own
            await asyncio.sleep(0.01)


async def test_a_killed_processor_fails_no_request(rig: System) -> None:
    """With two of them, one killed with -9 under load, and started again: every request is 202."""
    async with caller(rig, tier="enterprise") as client, load(client) as statuses:
        await more(statuses, 40)
        await rig.kill("processor-0")
        await more(statuses, 80)
        await rig.start("processor-0")
        await more(statuses, 40)
    assert set(statuses) == {202}


async def test_a_rolling_restart_fails_no_request(rig: System) -> None:
    """One processor after the other is stopped in order and started again, under load."""
    async with caller(rig, tier="enterprise") as client, load(client) as statuses:
        for name in ("processor-0", "processor-1"):
            await more(statuses, 40)
            await rig.restart(name)
        await more(statuses, 40)
    assert set(statuses) == {202}


async def test_without_a_processor_nothing_passes(rig: System) -> None:
    """Both are gone: 503 with Retry-After for writing and for reading, and 202 again once one is back."""
    async with caller(rig) as client:
        query_id = await client.ask("What is a weir?")
        await rig.kill("processor-0")
        await rig.kill("processor-1")
        writing = await client.post("/queries", QUESTION)
        reading = await client.request("GET", f"/results/{query_id}")
        for answer in (writing, reading):
            assert answer.status == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
        await rig.start("processor-0")
        await rig.start("processor-1")
        await until_accepted(client)


async def until_accepted(client: Client, *, times: int = 20) -> None:
    """Posts until so many in a row are accepted, so that every processor has had its turn; nothing but 503 until then."""
    accepted = 0
    async with asyncio.timeout(60):
        while accepted < times:
            answer = await client.post("/queries", QUESTION)
            assert answer.status in {202, 503}
            accepted = accepted + 1 if answer.status == 202 else 0


async def test_a_hung_processor_is_503(rig: System) -> None:
    """Both stopped by SIGSTOP: the request ends in 503 after the timeout, and does not pass."""
    async with caller(rig) as client:
        held = [pid for pid in map(rig.pid, ("processor-0", "processor-1")) if pid]
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert (await client.post("/queries", QUESTION)).status == 503
        finally:
            for pid in held:
                os.kill(pid, signal.SIGCONT)
        await until_accepted(client)


async def test_kafka_away_is_503_and_comes_back(rig: System) -> None:
    """POST answers within six seconds while the broker is down; then everything goes on without a restart."""
    async with caller(rig) as client:
        await rig.kafka.stop()
        started = time.monotonic()
        answer = await client.post("/queries", QUESTION)
        assert (answer.status, time.monotonic() - started < 6) == (503, True)
        assert int(answer.headers["retry-after"]) > 0
        await rig.kafka.start()
        await until_accepted(client)
        events = await followed(client, await client.ask("What is a weir?"))
    assert events[-1].name == "done"


async def followed(client: Client, query_id: str) -> list[Event]:
    """Every event of an answer."""
    async with asyncio.timeout(120):
        return [event async for event in client.events(query_id)]


@pytest.mark.parametrize("name", ["retriever", "generator", "results-0"])
async def test_a_killed_process_loses_no_answer(rig: System, name: str) -> None:
    """Killed with -9 in the middle of work and started again: every accepted question ends in one whole answer."""
    async with caller(rig, tier="enterprise") as client:
        ids = [await client.ask("How does a boat lift work?") for _ in range(40)]
        following = [asyncio.create_task(followed(client, query_id)) for query_id in ids]
        await asyncio.wait(following, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        await rig.kill(name)
        await rig.start(name)
        streams = await asyncio.gather(*following)
    for events in streams:
        assert [event.name for event in events].count("done") == 1
        assert events[-1].name == "done"
        assert text_of(events) == events[-1].data["answer"]


async def test_a_killed_embedder_loses_no_chunk(rig: System) -> None:
    """Chunks that were accepted while it was dead, or in its hands, can all be found."""
    before = await indexed(rig)
    async with caller(rig) as client:
        for number in range(60):
            await client.publish(
                {"doc_id": "otter", "chunk_index": number, "text": f"Otter {number} sleeps.", "visibility": "public"}
            )
            if number == 30:
                await rig.kill("embedder")
        await rig.start("embedder")
        await until_indexed_count(rig, before + 60)


async def test_a_deleted_index_is_rebuilt_without_embedding(rig: System) -> None:
    """The folder is gone; the retriever fills a new one from the log while no embedder runs."""
    before = await indexed(rig)
    await rig.stop("embedder")
    await rig.stop("retriever")
    shutil.rmtree(rig.home / "index")
    await rig.start("retriever")
    await until_indexed_count(rig, before)
    async with caller(rig) as client:
        events = await followed(client, await client.ask("When was the Falkirk Wheel opened?"))
    assert "24 May 2002" in events[-1].data["answer"]
    await rig.start("embedder")


async def test_a_replay_embeds_the_log_again(rig: System) -> None:
    """The documented command, while the embedder is stopped; afterwards every chunk has been embedded once more."""
    await rig.stop("embedder")
    command = rig.child("embedder").command
    replay = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workers", "replay", "embedder", cwd=ROOT, env=command.environ
    )
    assert await replay.wait() == 0
    await rig.start("embedder")
    passages = await indexed(rig)
    async with asyncio.timeout(120):
        while await metric(rig, "embedder", "worker_embedded_texts_total") < passages:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.2)


async def indexed(system: System) -> float:
    """Passages that can be found."""
    return await metric(system, "retriever", "worker_index_passages")


async def until_indexed_count(system: System, passages: float) -> None:
    """Returns once so many passages can be found."""
    async with asyncio.timeout(120):
        while await indexed(system) < passages:  # noqa: ASYNC110  # another process counts
            await asyncio.sleep(0.2)
