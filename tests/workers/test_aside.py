"""Waiting aside is something only while a record is handled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workers.aside import Aside


async def test_outside_of_a_record_there_is_nothing_to_give() -> None:
    """And within one, what is given is given once for each wait, by the record that waits."""
    aside, given = Aside(), list[str]()

    @asynccontextmanager
    async def giving() -> AsyncIterator[None]:
        given.append("given")
        yield
        given.append("back")

    async with aside.stepped():
        assert given == []
    with aside.of(giving):
        async with aside.stepped():
            assert given == ["given"]
    async with aside.stepped():
        assert given == ["given", "back"]
