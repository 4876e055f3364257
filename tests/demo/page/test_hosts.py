"""By which names the page may be called."""

import pytest

from demo.page.hosts import known
from tests.demo.page.served import Served


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "localhost",
        "LOCALHOST:8080",
        "x.localhost",
        "[::1]",
        "[::1]:8080",
        "envoy:80",
        "192.168.1.5:8080",
        "demo.example:8080",
    ],
)
def test_this_machine_is_called_so(host: str) -> None:
    """By address, by a name that nobody can register, or as was said."""
    assert known(host, names=("demo.example",))


@pytest.mark.parametrize(
    "host",
    ["", ":8080", "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "a.b."],
)
def test_what_somebody_else_could_own_is_no_name_of_its(host: str) -> None:
    """Whatever address it means today."""
    assert not known(host)


async def test_who_comes_by_another_name_is_turned_away(page: Served) -> None:
    """From the tokens as from everything."""
    for path in ("/demo/", "/demo/tokens", "/demo/records", "/demo/static/page.js"):
        answer = await page.client.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, "token" in answer.text) == (421, False)
