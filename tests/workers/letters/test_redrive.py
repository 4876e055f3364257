"""What is redriven is as it was, is redriven once, and hides nothing that came after it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest
from pydantic import SecretStr

from bus.memory.bus import MemoryBus
from bus.records import Partition, Received, Record
from runtime.clock import SystemClock
from schemas.signature import Signer
from tests.fixtures.plant import Plant
from tests.workers.letters.desk import Operator, with_letters, with_poison
from workers.dead_letter import dead_letter, without_body
from workers.errors import Poison
from workers.letters.desk import open_desk
from workers.letters.errors import Overtaken
from workers.letters.letter import Letter, letter_of
from workers.topics import CHUNKS, DEAD_LETTERS, EMBEDDINGS, QUERIES, RESULTS

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def traced(record: Record) -> Record:
    """The record as a caller with a trace would have written it."""
    return replace(record, headers=(*record.headers, ("traceparent", TRACE)))


async def letters(plant: Plant) -> Sequence[Letter]:
    """All of them, settled or not."""
    return [letter for record in await plant.read(DEAD_LETTERS) if (letter := letter_of(record))]


async def newest(plant: Plant, topic: str) -> Received:
    """The record that was written last."""
    return max(await plant.read(topic), key=lambda record: (record.timestamp, record.offset))


async def test_a_redriven_record_is_as_it_was(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """Key, value, headers, trace, partition: but for a header that counts; and then it is handled."""
    embedder = await plant.start("embedder")
    body = orjson.dumps({"doc_id": "pump", "chunk_index": 0, "text": "POISON", "visibility": "public"})
    await plant.write(CHUNKS, "pump#0", body, partition_key="pump", change=traced)
    await with_letters(plant, 1)
    (first,) = await plant.read(CHUNKS)
    plant.embedder.poison = "nothing"
    assert await Operator(plant).types("redrive", "--all") == 0
    second = await newest(plant, CHUNKS)
    assert (second.key, second.value, second.partition) == (first.key, first.value, first.partition)
    assert second.headers == (*first.headers, ("dlq-redriven", b"1"))
    assert second.header("traceparent") == TRACE.decode()

    async def embedded() -> bool:
        return len(await plant.read(EMBEDDINGS)) == 1

    await plant.until(embedded)
    await plant.stop(embedder)
    (letter,) = await letters(plant)
    place = f"{letter.place} redriven to rag.chunks {second.partition}:{second.offset}"
    assert capsys.readouterr().out.splitlines() == [place, "1 redriven, 0 left"]


async def test_what_is_settled_is_not_redriven_again(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor listed."""
    await with_poison(plant, "a", "b", "c")
    operator = Operator(plant)
    assert await operator.types("redrive", "--all", "--rate", "1000") == 0
    assert await operator.types("redrive", "--all") == 0
    assert len(await plant.read(CHUNKS)) == 6
    capsys.readouterr()
    assert await operator.types("list", "--json") == 0
    assert capsys.readouterr().out == ""


async def test_what_dies_again_keeps_count(plant: Plant) -> None:
    """The count travels with the record, and a run does not redrive what dies during it."""
    await plant.start("embedder")
    await plant.chunk("pump", "POISON")
    for times in range(1, 4):
        await with_letters(plant, times)
        assert await Operator(plant).types("redrive", "--all") == 0
    await with_letters(plant, 4)
    assert sorted(letter.redriven for letter in await letters(plant)) == [0, 1, 2, 3]
    assert (await newest(plant, CHUNKS)).header("dlq-redriven") == "3"


async def test_an_old_version_is_not_redriven_over_a_new_one(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """It would show again what was hidden since."""
    await with_poison(plant, "pump", "valve")
    await plant.chunk("pump", "It is confidential now", visibility="confidential")
    assert await Operator(plant).types("redrive", "--all") == 1
    assert (await newest(plant, CHUNKS)).key == b"valve#0"
    said = capsys.readouterr().out.splitlines()
    assert sum(line.endswith("left: its topic has a newer record of the same key") for line in said) == 1
    assert said[-1] == "1 redriven, 1 left"


async def test_a_query_whose_caller_was_told_is_left(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer ends once; the letter stays until somebody drops it."""
    await plant.start("retriever")
    await plant.start("generator")
    await plant.write(QUERIES, "broken", b"{")
    await plant.ended("broken")
    assert await Operator(plant).types("redrive", "--topic", QUERIES) == 1
    assert "left: its caller was told `error`" in capsys.readouterr().out
    assert (len(await plant.read(QUERIES)), len(await plant.read(RESULTS))) == (1, 1)


async def test_what_was_untrusted_is_redriven_once_it_can_be_trusted(plant: Plant) -> None:
    """Two processes had different keys; nobody was told anything."""
    old, mended = plant.gateway, SecretStr("m" * 32)
    await plant.start("retriever")
    plant.signer = Signer(mended.get_secret_value())
    key = await plant.ask("Which pump?")
    await with_letters(plant, 1)
    await plant.stop(plant.running[0])
    gateway = old.model_copy(update={"keys": old.keys.model_copy(update={"records": mended})})
    assert await Operator(plant).types("redrive", "--all") == 1
    assert await Operator(plant).types("redrive", "--all", gateway=gateway) == 0
    again = await newest(plant, QUERIES)
    assert (again.key, again.header("dlq-redriven")) == (key.encode(), "1")


async def test_a_forged_letter_is_left(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever can write to the dead letters cannot have it written elsewhere, nor can they stop the others."""
    await with_poison(plant, "pump")
    (letter,) = await plant.read(DEAD_LETTERS)
    forged = [(name, b"99" if name == "dlq-origin-partition" else value) for name, value in letter.headers]
    for value, headers in ((b"x", letter.headers), (letter.value, tuple(forged)), (b"x", ())):
        await plant.producer.put(Record(topic=DEAD_LETTERS, key=b"pump#0", value=value, headers=headers))
    assert await Operator(plant).types("redrive", "--all") == 1
    said = capsys.readouterr().out
    assert "it would not be trusted: the signature does not fit the record" in said
    assert "there is no partition 99 of rag.chunks" in said
    assert "it does not say where it came from" in said
    assert said.splitlines()[-1] == "1 redriven, 3 left"


async def test_a_letter_without_its_body_is_fetched_from_where_it_lies(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    """As long as that is held."""
    await plant.chunk("pump", "It runs")
    await plant.chunk("valve", "It shuts")
    for record in await plant.read(CHUNKS):
        await plant.producer.put(without_body(dead_letter(record, Poison("undeliverable", "x"), attempt=1)))
    (valve,) = [one for one in await plant.read(CHUNKS) if one.key == b"valve#0"]
    (pump,) = [one for one in await plant.read(CHUNKS) if one.key == b"pump#0"]
    assert isinstance(plant.bus, MemoryBus)
    plant.bus.trim(Partition(CHUNKS, pump.partition), pump.offset + 1)
    assert await Operator(plant).types("redrive", "--all") == 1
    assert "its topic no longer holds it" in capsys.readouterr().out
    again = await newest(plant, CHUNKS)
    assert (again.key, again.value) == (valve.key, valve.value)
    assert again.headers == (*valve.headers, ("dlq-redriven", b"1"))


async def test_a_dry_run_changes_nothing(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what would be done."""
    await with_poison(plant, "pump")
    before = (await plant.read(CHUNKS), await plant.read(DEAD_LETTERS))
    assert await Operator(plant).types("redrive", "--all", "--dry-run") == 0
    assert await Operator(plant).types("drop", "--all", "--dry-run") == 0
    assert before == (await plant.read(CHUNKS), await plant.read(DEAD_LETTERS))
    said = capsys.readouterr().out
    assert "would be redriven to rag.chunks" in said
    assert "1 would be dropped" in said


async def test_whoever_comes_later_goes_on_alone(plant: Plant) -> None:
    """The first one writes nothing more, so no letter is redriven by both."""
    await with_poison(plant, "pump")
    (letter,) = await letters(plant)
    clock = SystemClock()
    async with open_desk(plant.bus, plant.reader, signer=plant.signer, clock=clock) as first:
        await first.open(letter.place.partition)
        assert await Operator(plant).types("redrive", "--all") == 0
        with pytest.raises(Overtaken):
            await first.settle([letter], "dropped")
    assert len(await plant.read(CHUNKS)) == 2


async def test_a_record_that_kafka_refuses_is_left(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not settled either, and the others go on."""
    await plant.chunk("valve", "It shuts")
    (whole,) = await plant.read(CHUNKS)
    await plant.producer.put(dead_letter(whole, Poison("internal", "x"), attempt=1))
    await plant.write("nowhere", "k", b"x", change=_letter_of)
    assert await Operator(plant).types("redrive", "--all") == 1
    assert "left: Kafka refuses it" in capsys.readouterr().out
    assert len(await plant.read(CHUNKS)) == 2
    assert await Operator(plant).types("redrive", "--all", "--dry-run") == 0
    assert "1 would be redriven" in capsys.readouterr().out


def _letter_of(record: Record) -> Record:
    """The letter of a record on a topic that is no more."""
    lay = Received(
        topic=record.topic,
        partition=0,
        offset=0,
        timestamp=0,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
    return dead_letter(lay, Poison("internal", "x"), attempt=1)


async def test_who_is_told_to_stop_stops_between_two_letters(plant: Plant) -> None:
    """However long the next one's turn is away."""
    await with_poison(plant, "a", "b", "c")
    operator = Operator(plant)
    running = asyncio.create_task(operator.types("redrive", "--all", "--rate", "0.001"))

    async def one_is_written() -> bool:
        return len(await plant.read(CHUNKS)) == 4

    await plant.until(one_is_written)
    operator.stop.set()
    assert await running == 1
    assert len(await plant.read(CHUNKS)) == 4
