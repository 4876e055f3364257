"""What is served below /demo/."""

import pytest

from demo.page.walkthrough.steps import STEPS
from tests.demo.page.served import KEY, Served


async def test_the_page_is_the_index(page: Served) -> None:
    """A browser asks each time whether it has changed, and loads nothing from anywhere else."""
    answer = await page.client.get("/demo/")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_modules_are_served_as_such(page: Served) -> None:
    """With nosniff a browser runs nothing that is called otherwise."""
    answer = await page.client.get("/demo/static/page.js")

    assert answer.status_code == 200
    assert answer.headers["content-type"] in {"text/javascript", "application/javascript"}
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    again = await page.client.get("/demo/static/page.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/", "/demo/static/", "/demo/static/..%2f..%2fapp.py", "/demo/static/x", "/demo/x"])
async def test_nothing_else_is_there(page: Served, path: str) -> None:
    """No listing, no way out of the folder, and no word on why."""
    answer = await page.client.get(path)

    assert answer.status_code in {403, 404}
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_tokens_are_given_and_not_kept(page: Served) -> None:
    """They are good where this key is believed."""
    answer = await page.client.get("/demo/tokens")

    assert answer.headers["cache-control"] == "no-store"
    assert [KEY.read(one["token"])["tier"] for one in answer.json()["tokens"]] == ["free", "standard", "enterprise"]


async def test_the_walkthrough_is_told(page: Served) -> None:
    """All steps, as they are written down."""
    answer = await page.client.get("/demo/walkthrough.json")

    assert [step["id"] for step in answer.json()["steps"]] == [step.id for step in STEPS]
    assert all(step["commands"] and step["expected"] and step["text"] for step in answer.json()["steps"])


async def test_whoever_runs_it_can_ask_how_it_is(page: Served) -> None:
    """Alive it is at once; ready, while it sees Kafka."""
    assert (await page.client.get("/healthz")).status_code == 200
    ready = await page.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"kafka": True})
    page.watch.seeing.clear()
    assert (await page.client.get("/readyz")).status_code == 503
