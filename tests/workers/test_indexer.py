"""The index follows the log: it shows what is true now, and begins anew when it must."""

from runtime.clock import SystemClock
from tests.fixtures.models import ShelfIndex
from tests.fixtures.plant import Plant
from workers.errors import Transient
from workers.positions import FRESH_MS, plan
from workers.topics import DEAD_LETTERS, EMBEDDINGS


async def filled(plant: Plant, count: int = 5) -> None:
    """So many passages on the log, and in the index of a running retriever."""
    await plant.start("embedder")
    for number in range(count):
        await plant.chunk(f"d{number}", f"text {number}")
    await plant.start("retriever")
    await plant.until(lambda: len(plant.index.entries) == count)


async def embedded(plant: Plant, count: int) -> bool:
    """Whether so many records are on the log."""
    return len(await plant.read(EMBEDDINGS)) == count


async def test_a_retriever_starts_when_its_index_is_complete(plant: Plant) -> None:
    """A question that comes at once finds all that was embedded before."""
    await plant.start("embedder")
    for number in range(5):
        await plant.chunk(f"d{number}", f"text {number}")
    await plant.until(lambda: embedded(plant, 5))
    await plant.start("retriever")
    assert len(plant.index.entries) == 5


async def test_an_index_goes_on_where_it_stopped(plant: Plant) -> None:
    """Nothing is read twice after an orderly stop."""
    await filled(plant)
    await plant.stop(plant.running[1])
    plant.index.entries.clear()
    await plant.start("retriever")
    assert plant.index.entries == {}
    await plant.chunk("new", "another text")
    await plant.until(lambda: set(plant.index.entries) == {"new#0"})


async def test_a_lost_index_is_rebuilt_without_embedding(plant: Plant) -> None:
    """The vectors are on the log."""
    await filled(plant)
    calls = len(plant.embedder.calls)
    await plant.stop(plant.running[1])
    plant.index = ShelfIndex()
    await plant.start("retriever")
    assert len(plant.index.entries) == 5
    assert len(plant.embedder.calls) == calls


async def test_a_changed_label_and_a_deletion_reach_the_index(plant: Plant) -> None:
    """What a caller may no longer see is gone for them."""
    await filled(plant, 2)
    await plant.chunk("d0", "text 0", visibility="confidential")
    await plant.chunk("d1", None)
    await plant.until(lambda: set(plant.index.entries) == {"d0#0"})
    await plant.until(lambda: plant.index.entries["d0#0"].passage.visibility == "confidential")


async def test_a_passage_of_another_model_is_taken_out(plant: Plant) -> None:
    """Its vector fits no question, and what was there before it is no longer true."""
    await filled(plant, 2)
    await plant.stop(plant.running[0])
    other = plant.gateway.embedding.model_copy(update={"model": "another"})
    kept, plant.gateway = plant.gateway, plant.gateway.model_copy(update={"embedding": other})
    plant.embedder.model = "another"
    await plant.start("embedder")
    plant.gateway = kept
    await plant.chunk("d0", "text 0", visibility="confidential")
    await plant.until(lambda: set(plant.index.entries) == {"d1#0"})


async def test_forged_and_broken_embeddings_are_put_aside(plant: Plant) -> None:
    """And what follows them is indexed."""
    await filled(plant, 1)
    await plant.write(EMBEDDINGS, "d0#0", b"\xff\xff")
    await plant.write(EMBEDDINGS, "d0#0", b"x", change=lambda one: type(one)(topic=one.topic, key=b"k", value=b"x"))
    await plant.chunk("d1", "text 1")
    await plant.until(lambda: len(plant.index.entries) == 2)
    letters = await plant.read(DEAD_LETTERS)
    assert {letter.header("dlq-reason") for letter in letters} == {"malformed", "untrusted"}


async def test_an_index_that_is_away_is_waited_for(plant: Plant) -> None:
    """A server may restart."""
    plant.index.failures = [Transient("index-unavailable", "away")] * 2
    await filled(plant, 3)
    assert len(plant.index.entries) == 3


async def test_positions_are_saved_at_the_end(plant: Plant) -> None:
    """Every partition has one."""
    await filled(plant, 3)
    await plant.stop(plant.running[1])
    names = {f"{EMBEDDINGS}/{number}" for number in range(plant.gateway.topics[EMBEDDINGS].partitions)}
    assert names | {"saved_at"} == set(plant.index.positions)
    assert sum(plant.index.positions[name] for name in names) == 3


async def test_positions_that_the_log_does_not_know_are_not_used(plant: Plant) -> None:
    """The topic was made anew, or the index has not read for so long that it may have missed a deletion."""
    now = SystemClock().now_ms()
    known = {f"{EMBEDDINGS}/{number}": 0 for number in range(6)}
    fitting = await plan(plant.reader, known | {"saved_at": now}, now_ms=now)
    assert not fitting.anew
    for stored in (known | {f"{EMBEDDINGS}/0": 9}, {f"{EMBEDDINGS}/0": 0}):
        assert (await plan(plant.reader, stored | {"saved_at": now}, now_ms=now)).anew
    stale = await plan(plant.reader, known | {"saved_at": now - FRESH_MS - 1}, now_ms=now)
    assert stale.anew
    assert set(stale.start.values()) == {0}
    assert not (await plan(plant.reader, {}, now_ms=now)).anew
