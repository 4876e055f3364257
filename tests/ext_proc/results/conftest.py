"""A results server on the bus in memory."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bus.memory import MemoryBus
from tests.ext_proc.results.desk import Desk, Open, make_topics, open_desk
from tests.ext_proc.results.gate import Names
from tests.fixtures.kafka import NewName

TOPICS = ("rag.results", "rag.queries")
ANSWERS = "rag.answers"


@pytest.fixture
async def bus() -> MemoryBus:
    """A bus with the topics."""
    bus = MemoryBus()
    await make_topics(bus, *TOPICS, ANSWERS)
    return bus


@pytest.fixture
def open_(bus: MemoryBus) -> Open:
    """Runs a results server with the given settings on the test's bus."""

    def opened(**settings: Any) -> AbstractAsyncContextManager[Desk]:
        return open_desk(bus, topics=TOPICS, **settings)

    return opened


@pytest.fixture
def names(topic: NewName) -> Names:
    """Topics of the test's own, for a results server that takes tickets."""
    return Names(topic("results"), topic("queries"), topic("sessions"))


@pytest.fixture
async def desk(open_: Open) -> AsyncIterator[Desk]:
    """A results server with the settings of production."""
    async with open_() as desk:
        yield desk
