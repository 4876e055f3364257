"""What a container's healthcheck asks."""

import asyncio

import pytest

from local.kafka.ports import free_port
from runtime.management import Management
from runtime.metrics import Registry
from runtime.probe import main


@pytest.mark.parametrize(
    ("is_so", "status", "said"), [(True, 0, '200 {"topics":true}\n'), (False, 1, '503 {"topics":false}\n')]
)
async def test_it_is_healthy_where_it_is_ready(
    *, is_so: bool, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """200 is 0, anything else is 1, and the answer says what is missing."""
    management = Management(registry=Registry(), checks={"topics": lambda: is_so})
    async with management.serving(address="127.0.0.1", port=0):
        ended = await asyncio.to_thread(main, [f"http://127.0.0.1:{management.port}/readyz"])

    assert ended == status
    assert capsys.readouterr().out == said


def test_nobody_there_is_not_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that nothing listens on is 1, with the reason."""
    assert main([f"http://127.0.0.1:{free_port()}/readyz"]) == 1
    assert capsys.readouterr().out.startswith("no answer: ")


@pytest.mark.parametrize(
    "given",
    [[], ["https://127.0.0.1:1/"], ["http://127.0.0.1/"], ["http://:1/"], ["http://h:1x/"], ["http://h:1/", "x"]],
)
def test_a_wrong_command_line_is_told(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What no healthcheck should say is 2, so that it is seen at the first try."""
    assert main(given) == 2
    assert "usage" in capsys.readouterr().err
