"""What the log says of an answer, however far back it must be read."""

import asyncio

import orjson

from bus.records import Record, with_headers
from schemas.events import event_type
from tests.fixtures.plant import Plant
from workers.answer_log import SKEW_MS, AnswerLog, Standing
from workers.topics import ANSWERS, CONTEXTS, RESULTS

FAR = 10**15  # long after everything


async def say(plant: Plant, key: str, *names: str, topic: str = RESULTS) -> None:
    """Writes events as a generator does."""
    for number, name in enumerate(names):
        changes = [("ce_type", event_type(name)), ("ce_id", f"{key}/{number}")]
        await plant.write(
            topic,
            key,
            orjson.dumps({"said": name}),
            change=lambda one, changes=changes: Record(  # type: ignore[misc]  # a default binds the loop's value
                topic=one.topic, key=one.key, value=one.value, headers=with_headers(one.headers, changes)
            ),
        )


async def standing(plant: Plant, log: AnswerLog, key: str, *, asked_at: int = 0) -> Standing:
    """Of the answer to a context of that key."""
    await plant.write(CONTEXTS, key, b"{}")
    record = [one for one in await plant.read(CONTEXTS) if one.key == key.encode()][-1]
    return await log.standing(record, asked_at=asked_at)


def log_of(plant: Plant) -> AnswerLog:
    """As a generator makes it."""
    return AnswerLog(plant.reader, signer=plant.signer, partitions=plant.gateway.topics[RESULTS].partitions)


async def test_what_is_not_on_the_log_has_not_begun(plant: Plant) -> None:
    """The usual case."""
    assert await standing(plant, log_of(plant), "k") == Standing()


async def test_each_step_is_told_from_the_others(plant: Plant) -> None:
    """By what a dead generator has left behind."""
    await say(plant, "begun", "retrieved")
    await say(plant, "again", "retrieved", "delta", "reset", "retrieved", "delta")
    await say(plant, "ended", "retrieved", "delta", "done")
    await say(plant, "failed", "error")
    await say(plant, "unannounced", "done", topic=ANSWERS)
    log = log_of(plant)
    assert await standing(plant, log, "begun") == Standing(begun=True, void="worker-restarted")
    assert await standing(plant, log, "again") == Standing(begun=True, void="worker-restarted", resets=1)
    assert await standing(plant, log, "ended") == Standing(ended=True)
    assert await standing(plant, log, "failed") == Standing(ended=True)
    assert await standing(plant, log, "unannounced") == Standing(answer=b'{"said":"done"}')


async def test_it_reads_further_back_when_it_must(plant: Plant) -> None:
    """A query that was asked earlier than the ones before it."""
    await say(plant, "old", "done")
    log = log_of(plant)
    assert await standing(plant, log, "old", asked_at=FAR) == Standing()
    assert await standing(plant, log, "old", asked_at=FAR + SKEW_MS) == Standing()
    assert await standing(plant, log, "old", asked_at=1) == Standing(ended=True)


async def test_what_is_written_here_counts_at_once(plant: Plant) -> None:
    """And differs from what a dead one wrote: only text is void."""
    log = log_of(plant)
    log.wrote(b"k", "retrieved", void="failed")
    assert await standing(plant, log, "k") == Standing()
    log.wrote(b"k", "retrieved", void="failed")
    assert await standing(plant, log, "k") == Standing(begun=True)
    log.wrote(b"k", "delta", void="failed")
    assert await standing(plant, log, "k") == Standing(begun=True, void="failed")
    log.wrote(b"k", "reset", void="failed")
    assert await standing(plant, log, "k") == Standing(begun=True, resets=1)
    log.void(b"k", "failed")
    assert await standing(plant, log, "k") == Standing(begun=True, void="failed", resets=1)
    log.wrote(b"k", "done", void=None)
    assert await standing(plant, log, "k") == Standing(ended=True)


async def test_a_partition_that_left_is_read_again(plant: Plant) -> None:
    """Another has written to it meanwhile."""
    log = log_of(plant)
    await standing(plant, log, "k")
    await say(plant, "k", "done")
    assert await standing(plant, log, "k") == Standing()
    log.forget({one.at for one in await plant.read(CONTEXTS)})
    assert await standing(plant, log, "k") == Standing(ended=True)


async def test_what_others_wrote_is_not_believed(plant: Plant) -> None:
    """Nobody else can end a query, or answer it."""
    for topic in (RESULTS, ANSWERS):
        await plant.write(
            topic,
            "k",
            b"{}",
            change=lambda one: Record(
                topic=one.topic,
                key=one.key,
                value=b"forged",
                headers=with_headers(one.headers, [("ce_type", "x.done.v1")]),
            ),
        )
    assert await standing(plant, log_of(plant), "k") == Standing()


async def test_a_deleted_answer_is_none(plant: Plant) -> None:
    """Whoever deletes an answer wants it gone."""
    await say(plant, "k", "done", topic=ANSWERS)
    await plant.write(ANSWERS, "k", None)
    assert await standing(plant, log_of(plant), "k") == Standing()


async def test_it_finds_a_record_that_has_landed(plant: Plant) -> None:
    """By key and id."""
    log = log_of(plant)
    await say(plant, "k", "retrieved", "delta")
    there = Record(
        topic=RESULTS, key=b"k", value=b"", headers=(("ce_id", b"k/1"), ("ce_time", b"2026-01-01T00:00:00.000Z"))
    )
    assert await log.holds(there)
    missing = Record(topic=RESULTS, key=b"k", value=b"", headers=with_headers(there.headers, [("ce_id", "k/2")]))
    assert not await log.holds(missing)


async def test_many_ask_at_once_and_the_log_is_read_once(plant: Plant) -> None:
    """The first query of a partition reads for all."""
    await say(plant, "k", "done")
    log = log_of(plant)
    found = await asyncio.gather(*[standing(plant, log, "k") for _ in range(5)])
    assert found == [Standing(ended=True)] * 5
