"""Uploads through the whole edge: of any size in flat memory, and whatever dies, they are gone on with."""

import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from bus.choice import bus_for
from bus.records import Partition
from local.system import System
from tests.fixtures.settings import changed
from tests.fixtures.system import caller
from tests.system.uploader import Upload, chunks, uploading, whole

pytestmark = [pytest.mark.system, pytest.mark.timeout(300), pytest.mark.xdist_group("bulk")]

LINES = 100_000
TEXT = "x" * 430  # 100 000 lines of it are 50 MB
MEBIBYTES = 40  # that a process may grow while 50 MB pass through it
LEASE = 3  # seconds until a retry may take over from a process that was killed
DELIVERY = 9  # seconds for a record: a busy machine may need more than the usual 5
WORKERS = ("embedder", "retriever", "generator", "results-0")
KAFKA = 'kafka: {bootstrap: "${KAFKA_BOOTSTRAP:-127.0.0.1:9092}"}'
PLUGIN = "      - idempotency: {topic: rag.idempotency}"


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Kafka, Envoy and two processors, which may be broken."""
    home = tmp_path_factory.mktemp("bulk")
    file = home / "gateway.yaml"
    text = changed(PLUGIN, f"{PLUGIN[:-1]}, lease: {LEASE}}}")
    assert KAFKA in text
    patient = text.replace(KAFKA, f"{KAFKA[:-1]}, producer: {{delivery_timeout: {DELIVERY}}}}}")
    file.write_text(patient, encoding="utf-8")
    environ = {"SLUICE_PROCESSORS": "2"}
    async with System(home / "s", environ=environ, config=file, idle=WORKERS) as system:
        yield system


async def stored(system: System, doc: str) -> list[int]:
    """How often each chunk of the documents of that name is in the log, by number."""
    counts: dict[int, int] = {}
    bus = bus_for(system.gateway.kafka, system.gateway.kafka.clients.gateway)
    async with bus.reader() as reader:
        for number in range(system.gateway.topics["rag.chunks"].partitions):
            partition, offset = Partition("rag.chunks", number), 0
            while records := await reader.read(partition, offset, limit=1000):
                offset = records[-1].offset + 1
                for record in records:
                    name, _, index = (record.key or b"").decode().partition("#")
                    if name.startswith(f"{doc}-"):
                        place = int(name.rpartition("-")[2]) * 100 + int(index)
                        counts[place] = counts.get(place, 0) + 1
    return [counts.get(number, 0) for number in range(max(counts, default=-1) + 1)]


def answered(upload: Upload) -> list[int]:
    """The lines that were stored, in the order of their receipts."""
    return [each["line"] for each in upload.receipts if each["status"] == 202]


async def test_a_hundred_thousand_lines_in_flat_memory(rig: System) -> None:
    """50 MB, whose receipts come while they are sent; neither Envoy nor a processor grows with them."""
    while len(answered(await whole(rig, chunks(2000, text=TEXT, doc="warm")))) < 2000:
        pass  # a broker that has just started may need longer for its first records than any later ones
    before = {pid: _resident(pid) for pid in _pids(rig)}
    upload = await whole(rig, chunks(LINES, text=TEXT, doc="flat"))
    assert answered(upload) == list(range(1, LINES + 1))
    assert upload.early > LINES / 2
    for pid, size in before.items():
        assert _resident(pid) - size < MEBIBYTES


async def test_labels_are_those_of_single_posts(rig: System) -> None:
    """A free caller may write neither above its tier nor, where nothing is said, the default."""
    unlabelled = {"doc_id": "l", "chunk_index": 0, "text": "t"}
    async with caller(rig) as client:
        posted = await client.post("/chunks", unlabelled)
        array = await client.post("/chunks", [unlabelled, {**unlabelled, "visibility": "public"}])
    upload = await whole(rig, [b'{"doc_id":"l","chunk_index":0,"text":"t"}\n', next(iter(chunks(1, doc="l")))])
    assert [each["status"] for each in upload.receipts] == [posted.status, 202] == [403, 202]
    assert [each["status"] for each in orjson.loads(array.body)] == [403, 202]
    assert upload.receipts[0]["required_tier"] == posted.document()["required_tier"]


async def test_a_killed_processor_loses_nothing_that_was_acknowledged(rig: System) -> None:
    """The answer is cut; the same upload under its key is answered from what was written down, and goes on behind it."""
    headers = {"idempotency-key": "killed"}
    total = 30_000
    async with uploading(rig, headers=headers) as upload, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(upload.send(chunks(total, doc="killed")))
        await upload.has(5000)
        for name in ("processor-0", "processor-1"):  # one of them has it
            await rig.kill(name)
        await upload.over.wait()
        sending.cancel()
    assert upload.cut
    await asyncio.gather(*(rig.start(name) for name in ("processor-0", "processor-1")))
    again = await whole(rig, chunks(total, doc="killed"), headers=headers)
    while again.status in {409, 503}:
        await asyncio.sleep(0.5)  # until its lease has run out, of which nobody tells
        again = await whole(rig, chunks(total, doc="killed"), headers=headers)
    assert answered(again) == list(range(1, total + 1))
    replayed = [each["line"] for each in again.receipts if each.get("replayed")]
    assert replayed == list(range(1, len(replayed) + 1))
    assert len(replayed) >= 4000
    counts = await stored(rig, "killed")
    assert min(counts) == 1
    assert max(counts[: len(replayed)]) == 1


async def test_a_cut_upload_is_resumed_from_its_last_receipt(rig: System) -> None:
    """Without a key: the client vanishes in the middle of a line, and sends the rest."""
    async with uploading(rig) as upload:
        await upload.send(chunks(3000, doc="cut"), end=False)
        await upload.has(3000)
        upload.writer.write(b"10\r\n" + b'{"doc_id":')
    assert len(answered(upload)) == 3000
    rest = await whole(rig, chunks(1000, start=3000, doc="cut"))
    assert len(answered(rest)) == 1000
    assert await stored(rig, "cut") == [1] * 4000


async def test_a_stopping_processor_says_where_to_go_on(rig: System) -> None:
    """Every line before that is stored, and none behind it was answered."""
    async with uploading(rig) as upload:
        await upload.send(chunks(2000, doc="drained"), end=False)
        await upload.has(2000)
        await asyncio.gather(*(rig.restart(name) for name in ("processor-0", "processor-1")))
        await upload.over.wait()
    assert (upload.last["status"], upload.last["resume_from"], upload.cut) == (503, 2001, False)
    assert upload.last["type"].endswith("/draining")


async def test_kafka_away_says_where_to_go_on(rig: System) -> None:
    """The last line names the first line that was not acknowledged; the rest is taken once Kafka is back."""
    total = 30_000
    async with uploading(rig) as upload, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(upload.send(chunks(total, doc="away")))
        await upload.has(3000)
        await rig.kafka.kill()
        await upload.over.wait()
        sending.cancel()
    resume = upload.last["resume_from"]
    assert upload.last["status"] == 503
    assert answered(upload) == list(range(1, resume))
    await rig.kafka.start()
    rest = await whole(rig, chunks(total - resume + 1, start=resume - 1, doc="away"))
    while rest.status != 200 or len(answered(rest)) < total - resume + 1:
        await asyncio.sleep(0.5)  # until the processor has found the broker again
        rest = await whole(rig, chunks(total - resume + 1, start=resume - 1, doc="away"))
    assert min(await stored(rig, "away")) >= 1
    assert len(await stored(rig, "away")) == total


def _pids(system: System) -> list[int]:
    """Both processors, and Envoy beside its supervisor."""
    pids = [system.pid(name) for name in ("envoy", "processor-0", "processor-1")]
    found = [pid for pid in pids if pid is not None]
    children = Path(f"/proc/{found[0]}/task/{found[0]}/children").read_text(encoding="ascii")
    return [*found, *map(int, children.split())]


def _resident(pid: int) -> float:
    """Mebibytes of memory that a process has now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024 / 1024
