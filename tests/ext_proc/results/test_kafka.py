"""The server on a real Kafka."""

import asyncio
import gc
import tempfile
from collections.abc import Awaitable, Callable, Iterator

import pytest

from bus.errors import BusError
from bus.kafka.bus import KafkaBus
from ext_proc.results.app import followed, serve
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings
from runtime.settings.load import load_with_source
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import make_topics, open_desk, text_of

pytestmark = pytest.mark.kafka

Topic = Callable[[str], str]


async def _bus(kafka: KafkaBroker, topics: tuple[str, str]) -> KafkaBus:
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    await make_topics(bus, *topics)
    return bus


@pytest.mark.parametrize("history", [2**26, 1])
async def test_cut_and_resumed(kafka: KafkaBroker, topic: Topic, history: int) -> None:
    """Before, during and after the answer, cut after every event: the whole text, whether memory has it or not."""
    topics = (topic("results"), topic("queries"))
    async with open_desk(await _bus(kafka, topics), topics=topics, history_bytes=history) as desk:
        early = await desk.get()
        text = await desk.answer(20)
        events, last = list[object](), None
        while not events or getattr(events[-1], "name", "") != "done":
            async with await desk.get(last=last) as client:
                event = await client.next()
            assert event is not None
            events.append(event)
            last = event.id
        async with early:
            assert text == text_of(list(await early.rest())) == text_of(events)
        async with await desk.get(last=last) as client:
            assert client.status == 204


async def test_fresh_process(kafka: KafkaBroker, topic: Topic) -> None:
    """A process that has just started serves what was written before it."""
    topics = (topic("results"), topic("queries"))
    bus = await _bus(kafka, topics)
    async with open_desk(bus, topics=topics) as desk:
        text = await desk.answer(20)
    async with open_desk(bus, topics=topics) as desk:
        chosen = desk.wants(since=None, missing="not-found")
        async with await desk.get(chosen) as client:
            assert text == text_of(list(await client.rest()))
        async with await desk.get(desk.wants(key="never", since=None, missing="not-found")) as client:
            assert client.status == 404


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kafka-python forgets sockets
async def test_restart_while_streaming(own_kafka: KafkaBroker) -> None:
    """The broker is killed and comes back: open streams stay, nothing is missing and nothing comes twice."""
    await _killed_while_streaming(own_kafka)
    gc.collect()


async def _killed_while_streaming(own_kafka: KafkaBroker) -> None:
    topics = ("results", "queries")
    async with open_desk(await _bus(own_kafka, topics), topics=topics, ping=0.2) as desk, await desk.get() as client:
        await desk.put("delta", {"text": "a"})
        before = await client.take(2)
        await own_kafka.kill()
        await client.comment()
        await client.comment()
        await own_kafka.start()
        await _put(desk.put, "delta", {"text": "b"})
        await _put(desk.put, "done", {})
        assert text_of([*before, *await client.rest()]) == "ab"


async def _put(put: Callable[[str, object], Awaitable[object]], name: str, data: object) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await put(name, data)
            except BusError:
                await asyncio.sleep(0.2)
            else:
                return


async def _answers(socket: str) -> Client:
    async with asyncio.timeout(20):
        while True:
            try:
                return await Client.get(socket, None)
            except OSError:
                await asyncio.sleep(0.01)


@pytest.fixture
def short() -> Iterator[str]:
    """A folder whose name leaves room for that of a socket."""
    with tempfile.TemporaryDirectory(prefix="res-") as folder:
        yield folder


async def test_app(kafka: KafkaBroker, short: str) -> None:
    """The composition root serves what gateway.yaml declares, and ends when it is told to."""
    environ = {"KAFKA_BOOTSTRAP": kafka.bootstrap, "SLUICE_ID_KEY": "x" * 32, "SLUICE_RECORD_KEY": "y" * 32}
    gateway, source = load_with_source(environ=environ | {"SLUICE_HOME": short, "SLUICE_RESULTS_PORT": "0"})
    topics = followed(gateway, source)
    assert [*topics.events, *topics.proofs] == ["rag.results", "rag.queries"]
    bus = KafkaBus(gateway.kafka)
    async with bus.admin() as admin:
        await admin.ensure(gateway.topics)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(stop, gateway=gateway, source=source, number=3))
    async with await _answers(gateway.results_socket(3)) as client:
        assert client.status == 403
    stop.set()
    await asyncio.wait_for(serving, 20)
