"""`make screenshots`: the pictures of the documents, from the page of the demo that runs."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from demo.page.visitor import PHONE, Visitor, browsing, chromium_path, visiting
from demo.place import Place
from local.commands import ROOT

IMAGES = ROOT / "docs" / "images"
STEPS = ("identity", "ask", "stream", "log", "add", "tiers", "forged", "stranger", "schema", "expired")


async def take(url: str, *, into: Path, executable: str) -> list[Path]:
    """Walks through all steps, and writes into a folder `walkthrough-<id>.png` for each, and two of the page in the dark and on a phone.

    Raises:
        AssertionError: A step did not work.
        playwright.async_api.Error: There is no page at `url`.
    """
    async with browsing(executable) as browser:
        async with visiting(browser, url=url) as visitor:
            taken = [await _step(visitor, step, into=into) for step in STEPS]
        return [*taken, await _dark(browser, url, into=into), await _phone(browser, url, into=into)]


async def _step(visitor: Visitor, step: str, *, into: Path) -> Path:
    await visitor.do(step)
    if step == "ask":
        await visitor.page.locator(".answer[data-state=done]").wait_for()
    taken = await _shot(visitor, into / f"walkthrough-{step}.png")
    await visitor.page.keyboard.press("Escape")  # the passage that step `stream` has opened
    return taken


async def _dark(browser: Browser, url: str, *, into: Path) -> Path:
    async with visiting(browser, url=url, theme="dark") as visitor:
        await visitor.do("log")
        return await _shot(visitor, into / "page-dark.png")


async def _phone(browser: Browser, url: str, *, into: Path) -> Path:
    async with visiting(browser, url=url, viewport=PHONE) as visitor:
        await visitor.do("stream")
        await visitor.page.keyboard.press("Escape")
        return await _shot(visitor, into / "page-phone.png")


async def _shot(visitor: Visitor, file: Path) -> Path:
    await visitor.page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
    await visitor.page.screenshot(path=file, animations="disabled", caret="hide")
    return file


def main(given: Sequence[str] | None = None) -> None:
    """Takes them; status 1 and one line where there is no browser or no demo."""
    place = Place.of(os.environ)
    parser = argparse.ArgumentParser(prog="python -m demo.page.shots", description=__doc__)
    parser.add_argument("--url", default=place.url, help=f"where the demo runs ({place.url})")
    parser.add_argument("--into", type=Path, default=IMAGES, help="the folder that they are written to")
    told = parser.parse_args(given)
    executable = chromium_path()
    if executable is None:
        sys.exit("sluice: no browser is there; install chromium, or name one by CHROMIUM")
    told.into.mkdir(parents=True, exist_ok=True)
    try:
        taken = asyncio.run(take(told.url, into=told.into, executable=executable))
    except (BrowserError, AssertionError) as error:
        sys.exit(f"sluice: the pictures could not be taken: {str(error).splitlines()[0]}; does `make demo` run?")
    print(f"sluice: {len(taken)} pictures are in {told.into}")


if __name__ == "__main__":
    main()
