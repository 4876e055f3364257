"""Whoever reads waits for room, and whoever sends for a place."""

import asyncio

from ext_proc.bulk.room import Places, Room


async def test_a_room_is_full_by_lines_or_by_bytes() -> None:
    """Whichever bound is met first; what is taken makes room."""
    room = Room(lines=2, size=100)
    room.take(10)
    assert not room.full
    room.take(10)
    assert room.full
    waiting = asyncio.create_task(room.free())
    await asyncio.sleep(0)
    assert not waiting.done()
    room.give(1, 10)
    await waiting
    room.take(95)
    assert room.full


async def test_one_line_always_has_room() -> None:
    """However large it is: else it would wait for ever."""
    room = Room(lines=2, size=100)
    assert not room.full
    room.take(1000)
    assert room.full


async def test_places_are_given_in_turn() -> None:
    """Who waited first is first, and one that gives up takes no place along."""
    places = Places(1)
    await places.take()
    order: list[int] = []

    async def wait(number: int) -> None:
        await places.take()
        order.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait({tasks[0]})
    places.give(2)
    await asyncio.gather(*tasks[1:])
    assert order == [1, 2]


async def test_a_place_that_was_offered_to_one_who_left_goes_on() -> None:
    """Cancelled between being woken and taking it."""
    places = Places(1)
    await places.take()
    first, second = (asyncio.create_task(places.take()) for _ in range(2))
    await asyncio.sleep(0)
    places.give(1)
    first.cancel()
    await asyncio.wait({first})
    async with asyncio.timeout(5):
        await second
