"""The plant that several tests of the workers use."""

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.plant import Plant, running_plant


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    """Kafka in memory with our topics, and no worker yet."""
    async with running_plant() as plant:
        yield plant
