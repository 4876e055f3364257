"""One suite for every transport."""

from collections.abc import AsyncIterator

import pytest

from tests.ext_proc.transport.conformance.promises import PROMISES, Promises
from tests.ext_proc.transport.served import TRANSPORTS, Served, serving


@pytest.fixture(params=TRANSPORTS, scope="session")
def transport(request: pytest.FixtureRequest) -> str:
    """The name of a transport; every test runs on each."""
    return str(request.param)


@pytest.fixture(scope="session")
async def served(transport: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server that tests share; what one of them breaks is its own connection."""
    async with serving(transport, tmp_path_factory.mktemp(transport), max_streams=100_000) as served:
        yield served


@pytest.fixture(scope="session")
def promises(transport: str) -> Promises:
    """What this transport does where it has a choice."""
    return PROMISES[transport]
