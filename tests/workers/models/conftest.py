"""A stand-in without delays, and a way to tell it what goes wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from demo.standin.behaviour import Behaviour
from demo.standin.server import serve

Tell = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A stand-in of the test's own."""
    async with serve(behaviour=Behaviour(first_token_delay=0, token_delay=0)) as base:
        yield base


@pytest.fixture
async def tell(url: str) -> AsyncIterator[Tell]:
    """Sets the stand-in's behaviour, and returns its counts."""
    async with ClientSession(url) as session:

        async def told(**behaviour: Any) -> dict[str, Any]:
            async with session.post("/control", json=behaviour) as response:
                assert response.status == 200
                report: dict[str, Any] = await response.json()
                return report

        yield told
