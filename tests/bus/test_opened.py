"""What a bus makes is made on entering, and closed whatever becomes of it."""

import pytest

from bus.opened import closed, opened


class Client:
    """Notes what it is told."""

    def __init__(self, *, fails: bool = False) -> None:
        self.told: list[str] = []
        self._fails = fails

    async def open(self) -> None:
        self.told.append("open")
        if self._fails:
            raise ConnectionError

    async def close(self) -> None:
        self.told.append("close")


async def test_nothing_is_made_before_it_is_entered() -> None:
    """So that what is made has its loop."""
    made: list[Client] = []

    def make() -> Client:
        made.append(Client())
        return made[0]

    manager = opened(make)
    assert made == []
    async with manager as client:
        assert client.told == ["open"]
    assert client.told == ["open", "close"]


async def test_what_does_not_open_is_closed() -> None:
    """A client may have connections by then."""
    client = Client(fails=True)
    with pytest.raises(ConnectionError):
        await opened(lambda: client).__aenter__()
    assert client.told == ["open", "close"]


async def test_what_needs_no_opening_is_closed() -> None:
    """Also where its user fails."""
    client = Client()
    with pytest.raises(KeyError):
        async with closed(lambda: client):
            raise KeyError
    assert client.told == ["close"]
