"""An index is filled, opened again and searched."""

from bench.search import SearchJob, search


async def test_search() -> None:
    """Each search has its time, and every chunk is in."""
    found = await search(SearchJob(chunks=30, searches=3))
    assert (30, 3) == (found.chunks, len(found.milliseconds))
    assert min(found.cpu, found.filled, found.opened, *found.milliseconds) > 0
