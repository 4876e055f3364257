"""One system for all tests that break it in the same way."""

from collections.abc import AsyncIterator

import pytest

from local.system import System
from tests.chaos.rig import SHORT_SESSION, rig


@pytest.fixture(scope="session")
async def broken(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Two processors, results servers, retrievers and generators, which tests leave whole."""
    async with rig(tmp_path_factory.mktemp("chaos"), session=SHORT_SESSION) as system:
        yield system
