"""A stand-in without delays, and the real SDKs pointed at it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from demo.standin.behaviour import Behaviour
from demo.standin.server import serve


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A stand-in of the test's own."""
    async with serve(behaviour=Behaviour(first_token_delay=0, token_delay=0)) as base:
        yield base


@pytest.fixture
async def anthropic(url: str) -> AsyncIterator[AsyncAnthropic]:
    """Anthropic's SDK, unpatched."""
    async with AsyncAnthropic(api_key="any", base_url=url, max_retries=0) as client:
        yield client


@pytest.fixture
async def openai(url: str) -> AsyncIterator[AsyncOpenAI]:
    """OpenAI's SDK, unpatched."""
    async with AsyncOpenAI(api_key="any", base_url=f"{url}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
async def control(url: str) -> AsyncIterator[ClientSession]:
    """For `/control`."""
    async with ClientSession(url) as session:
        yield session
