"""One browser for all tests of the page, and one visitor whose page those of a file share."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from demo.page.visitor import Visitor, browsing, chromium_path, visiting
from local.system import System


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium. Without one its tests are skipped, but in CI they fail."""
    executable = chromium_path()
    if executable is None:
        reason = "no browser: neither CHROMIUM is set nor is chromium on the PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with browsing(executable) as opened:
        yield opened


@pytest.fixture(scope="module")
async def walking(paged: System, browser: Browser) -> AsyncIterator[Visitor]:
    """The visitor of a file's tests, at the page as it was left."""
    async with visiting(browser, url=paged.public_url) as visitor:
        yield visitor


@pytest.fixture
def visitor(walking: Visitor) -> Iterator[Visitor]:
    """The visitor; whatever a test does, no script may fail and nothing may be asked of another site."""
    yield walking
    assert walking.errors == []
    assert walking.elsewhere == []
