"""Who cannot use a mouse, has a small screen, or changes their mind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from demo.page.visitor import Visitor, visiting
from demo.questions import DEMO_QUESTION
from local.system import System
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SMALLEST = ViewportSize(width=360, height=740)
VIEWS = ("ask", "compare", "add", "tamper", "log")
READABLE = 4.5  # WCAG 2.2, 1.4.3

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const style = getComputedStyle(document.documentElement);
  const paint = (...names) => {
    for (const name of names) { canvas.fillStyle = style.getPropertyValue(name); canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const pairs = [];
  for (const ink of ["--ink", "--soft", "--accent", "--bad"])
    for (const ground of [["--page"], ["--sheet"], ["--sunk"]]) pairs.push([ink, ground]);
  pairs.push(["--accent", ["--sheet", "--accent-wash"]], ["--bad", ["--sheet", "--bad-wash"]], ["--accent-ink", ["--accent"]]);
  return pairs.map(([ink, ground]) => [`${ink} on ${ground.at(-1)}`, ratio(paint(...ground, ink), paint(...ground))]);
}"""

INTRUDER = """() => new Promise((done) => {
  const script = document.createElement("script");
  script.textContent = "window.intruded = true";
  const image = new Image();
  image.addEventListener("error", done);
  document.body.append(script, image);
  image.src = "http://elsewhere.example/pixel.png";
})"""

UNNAMED = """() => [...document.querySelectorAll("button, a, input, textarea, dialog[open], summary, [role=group]")]
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length || e.getAttribute("aria-labelledby")))
  .map((e) => e.outerHTML)"""

TWICE = (
    """() => [...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, at, all) => all.indexOf(id) !== at)"""
)


async def test_by_keyboard_alone(paged: System, browser: Browser) -> None:
    """Without a mouse: skip to the content, choose a tier, ask, open a citation, close it, and be back where it was."""
    async with visiting(browser, url=paged.public_url) as visitor:
        page, press = visitor.page, visitor.page.keyboard.press
        await press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await press("Enter")
        await press("Shift+Tab")  # back over the token, to the tiers
        await press("Shift+Tab")
        await expect(page.get_by_role("radio", name="Standard")).to_be_focused()
        await press("ArrowRight")
        await expect(page.get_by_role("radio", name="Enterprise")).to_be_checked()
        await expect(page.get_by_role("radio", name="Enterprise")).to_be_focused()
        await press("Tab")
        await press("Tab")
        await expect(page.get_by_label("Your question")).to_be_focused()
        await page.keyboard.insert_text(DEMO_QUESTION)
        await press("Enter")
        await expect(page.locator(".answer .state")).to_have_text("Done")
        cite = page.locator("button.cite").first
        await _until_focused(visitor, "button.cite")
        await press("Enter")
        await expect(page.get_by_role("dialog").get_by_role("button", name="Close")).to_be_focused()
        await press("Escape")
        await expect(cite).to_be_focused()


async def test_on_a_small_screen(paged: System, browser: Browser) -> None:
    """At 360 pixels, in the dark, no view has to be scrolled sideways, empty or full; and all can be read and named."""
    async with visiting(browser, url=paged.public_url, viewport=SMALLEST, theme="dark") as visitor:
        for step in ("identity", "log", "schema", "tiers"):
            await visitor.do(step)
            assert await _sideways(visitor) == 0, step
        for view in VIEWS:
            await visitor.page.evaluate(f"location.hash = '{view}'")
            await expect(visitor.page.locator(f".views a[href='#{view}']")).to_have_attribute("aria-current", "page")
            assert await _sideways(visitor) == 0, view
        assert await visitor.page.evaluate(UNNAMED) == []
        assert await visitor.page.evaluate(TWICE) == []
        assert await _faint(visitor) == []
        await visitor.page.get_by_role("button", name="Switch to the light theme").click()
        assert await _faint(visitor) == []
        assert visitor.errors == []


async def test_what_was_asked_can_be_cancelled(paged: System, visitor: Visitor) -> None:
    """While the model thinks, Cancel ends the stream, and the page says so."""
    async with thoughtful(paged):
        await visitor.page.evaluate("location.hash = 'ask'")
        await visitor.page.get_by_role("button", name="Ask", exact=True).click()
        answer = visitor.page.locator("#view > section:not([hidden]) .answer")
        await expect(answer.locator(".state")).to_contain_text("The model reads")
        await answer.get_by_role("button", name="Cancel").click()
        await expect(answer.locator(".state")).to_have_text("Cancelled")
        await expect(answer.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_what_is_refused_for_a_while_comes_back(paged: System, browser: Browser) -> None:
    """EventSource gives up at a 503; the page asks again, for the log and for an answer."""
    async with visiting(browser, url=paged.public_url) as visitor:
        for path in ("**/demo/records*", "**/results/*"):
            await visitor.page.route(path, lambda route: route.fulfill(status=503), times=1)
        await visitor.page.reload()
        await visitor.page.get_by_role("button", name="Ask", exact=True).click()
        answer = visitor.page.locator(".answer")
        await expect(answer.locator(".state")).to_have_text("The stream has broken; coming back…")
        await expect(answer.locator(".state")).to_have_text("Done")
        await visitor.page.get_by_role("link", name="Log").click()
        await expect(visitor.page.locator(".live")).to_have_text("Live")
        await expect(visitor.page.locator(".record[data-topic='rag.queries']").first).to_be_visible()


async def test_nothing_from_elsewhere_is_loaded_or_run(paged: System, browser: Browser) -> None:
    """Whatever found its way into the page, the policy would neither fetch from another site nor run; and the visitor would tell."""
    async with visiting(browser, url=paged.public_url) as visitor:
        await visitor.page.evaluate(INTRUDER)
        assert await visitor.page.evaluate("window.intruded") is None
        refused = [error for error in visitor.errors if "Content Security Policy" in error]
        assert len(refused) == 2, visitor.errors


@asynccontextmanager
async def thoughtful(system: System) -> AsyncIterator[None]:
    """The stand-in takes longer than any test for its first word, while the context is open."""
    async with caller(system) as client:
        control = f"{system.stand_in_url}/control"
        await client.post(control, {"first_token_delay": 600})
        yield
        await client.request("DELETE", control)


async def _until_focused(visitor: Visitor, selector: str) -> None:
    for _ in range(30):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by Tab")


async def _sideways(visitor: Visitor) -> int:
    return int(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def _faint(visitor: Visitor) -> list[tuple[str, float]]:
    return [(pair, ratio) for pair, ratio in await visitor.page.evaluate(CONTRASTS) if ratio < READABLE]
