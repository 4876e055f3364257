"""Waiting for the index."""

from demo.client import Client
from demo.indexed import until_indexed
from tests.demo.conftest import Says, Scripted


def gauge(value: str) -> Says:
    return Says(body=f"# HELP worker_index_passages x\nworker_index_passages {value}\n".encode())


async def test_it_returns_once_the_index_holds_enough(scripted: Scripted) -> None:
    """The retriever's own count decides, whatever form its number has."""
    scripted.script = [Says(), gauge("73.0"), gauge("1.0e+02")]
    async with Client(scripted.url, token="") as client:
        assert await until_indexed(client, retriever_url=scripted.url, passages=74)
    assert [request.path for request in scripted.asked] == ["/metrics"] * 3


async def test_it_gives_up_in_time(scripted: Scripted) -> None:
    """An index that stays short does not hold the demo for ever."""
    scripted.script = [gauge("1.0")]
    async with Client(scripted.url, token="") as client:
        assert not await until_indexed(client, retriever_url=scripted.url, passages=2, seconds=0.3)
