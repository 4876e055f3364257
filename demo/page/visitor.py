"""Somebody who visits the page, with Debian's Chromium: for the tests and the pictures. Beside the tests the only user of Playwright."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, ViewportSize, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # it may run as root, and opens only our own page
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
MOST_MS = 60_000
"""How long anything may take: a busy machine answers late."""

REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What the browser itself logs of each answer that refuses; the page asks for some on purpose."""


def chromium_path() -> str | None:
    """Where the browser is: `CHROMIUM`, or on the PATH; `None` where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass  # without slots: Playwright writes on the owner of a method that listens
class Visitor:
    """An open page, and what a visitor should never see.

    Attributes:
        origin: What the page belongs to.
        errors: What the page's scripts did wrong, or the browser refused.
        elsewhere: Addresses of other origins that something was asked of.
    """

    page: Page
    origin: str
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    @classmethod
    async def of(cls, page: Page, *, url: str) -> Self:
        """Opens the page of the Sluice at `url`, and returns once its walkthrough is there."""
        visitor = cls(page=page, origin=_origin(url))
        page.set_default_timeout(MOST_MS)
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on("console", visitor._console)
        page.on("request", visitor._request)
        await visitor.open(f"{url}/demo/")
        return visitor

    async def open(self, address: str) -> None:
        """Goes there, or comes back there as if for the first time."""
        await self.page.goto(address)
        await self.page.locator("#step-identity .do").wait_for(state="attached")

    async def do(self, step: str) -> str:
        """Does a step of the walkthrough by its button, and returns what the page says that came of it.

        Raises:
            AssertionError: The page says that it did not work.
        """
        item = self.page.locator(f"#step-{step}")
        if await item.get_attribute("aria-current") is None:
            await item.locator("button.title").dispatch_event("click")  # a phone hides what is not the current step
        await item.locator("button.do").click()
        outcome = item.locator(".outcome:not(:empty):not(:has-text('…'))")
        await outcome.wait_for(state="attached")
        said = await outcome.inner_text()
        if "bad" in (await outcome.get_attribute("class") or ""):
            raise AssertionError(f"{step}: {said}")
        return said

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSED):
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if _origin(request.url) != self.origin:
            self.elsewhere.append(request.url)


@asynccontextmanager
async def browsing(executable: str) -> AsyncIterator[Browser]:
    """The browser, without a window, while the context is open."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visiting(
    browser: Browser, *, url: str, viewport: ViewportSize = WIDE, theme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Visitor]:
    """A visitor of the Sluice at `url` who has never been there, without motion."""
    context = await browser.new_context(viewport=viewport, color_scheme=theme, reduced_motion="reduce", locale="en-GB")
    try:
        yield await Visitor.of(await context.new_page(), url=url)
    finally:
        await context.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
