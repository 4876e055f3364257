"""A dead letter keeps what is needed to act on it, and a worker that cannot write one stops."""

import asyncio

import pytest

from bus.records import Received
from tests.fixtures.plant import quick, running_plant
from workers.dead_letter import DeadLetterLost, dead_letter, without_body
from workers.errors import Poison
from workers.topics import CHUNKS, DEAD_LETTERS

TRACE = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def record(*headers: tuple[str, bytes]) -> Received:
    """One with these headers."""
    return Received(topic="in", partition=0, offset=7, timestamp=0, key=b"k", value=b"x", headers=headers)


def test_a_letter_without_its_body_keeps_its_trace() -> None:
    """So that it can still be found in other systems; an overlong one is none."""
    letter = dead_letter(record(TRACE, ("junk", b"x")), Poison("undeliverable", "x"), attempt=2)
    assert [name for name, _ in without_body(letter).headers if not name.startswith("dlq-")] == ["traceparent"]
    overlong = dead_letter(record((TRACE[0], TRACE[1] * 9)), Poison("undeliverable", "x"), attempt=2)
    assert all(name.startswith("dlq-") for name, _ in without_body(overlong).headers)


@pytest.mark.parametrize(("value", "kept"), [(b"3", b"3"), (b"-1", None), (b"9" * 9, None), (b"x", None)])
def test_a_letter_keeps_how_often_its_record_was_redriven(value: bytes, kept: bytes | None) -> None:
    """Of what else came under our names, nothing."""
    letter = dead_letter(
        record(("dlq-redriven", value), ("dlq-reason", b"forged")), Poison("malformed", "x"), attempt=1
    )
    headers = dict(letter.headers)
    assert (headers.get("dlq-redriven"), headers["dlq-reason"]) == (kept, b"malformed")


async def test_a_worker_that_cannot_write_a_dead_letter_stops_before_it() -> None:
    """The record's offset has not moved: the next worker has it."""
    gateway = quick()
    topics = {name: topic for name, topic in gateway.topics.items() if name != DEAD_LETTERS}
    async with running_plant(gateway.model_copy(update={"topics": topics})) as plant:
        running = await plant.start("embedder")
        await plant.write(CHUNKS, "pump#0", b"{", partition_key="pump")
        with pytest.raises(DeadLetterLost):
            await asyncio.wait_for(running.task, 10)
        plant.running.remove(running)
        plant.gateway = gateway
        await plant.start("embedder")

        async def kept() -> bool:
            return len(await plant.read(DEAD_LETTERS)) == 1

        await plant.until(kept)
