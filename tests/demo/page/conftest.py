"""The page's server, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus.memory.bus import MemoryBus
from local.commands import ROOT
from runtime.settings.gateway import Gateway
from runtime.settings.load import load
from tests.demo.page.served import Served, served, with_topics


@pytest.fixture(scope="session")
def declared() -> Gateway:
    """gateway.yaml."""
    return load(ROOT / "gateway.yaml", environ={"SLUICE_ID_KEY": "i" * 32, "SLUICE_RECORD_KEY": "r" * 32})


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A page of one line."""
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "page.js").write_text("export {};")
    return tmp_path


@pytest.fixture
async def page(declared: Gateway, static: Path) -> AsyncIterator[Served]:
    """The server."""
    async with served(await with_topics(MemoryBus()), declared, static=static) as running:
        yield running
