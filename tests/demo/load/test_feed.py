"""The chunks that are still to be sent."""

from pathlib import Path

from demo.load.feed import Feed
from demo.load.files import find
from demo.load.journal import Journal
from demo.load.tally import Tally


class Heard:
    """A progress that counts."""

    def __init__(self) -> None:
        self.share = 0

    def passed(self, share: int) -> None:
        """As `Progress.passed`."""
        self.share += share

    def heard(self, share: int, tally: Tally) -> None:
        """As `Progress.heard`."""
        self.share += share

    def say(self, text: str) -> None:
        """As `Progress.say`."""

    def close(self) -> None:
        """As `Progress.close`."""


async def sent(folder: Path, journal: Path, *, visibility: str | None = None, again: bool = False) -> list[str]:
    """What a loader would send, all of which is taken."""
    sources, progress, found = find([folder]), Heard(), list[str]()
    with Journal(journal) as kept:
        feed = Feed(sources, visibility=visibility, journal=kept, progress=progress, again=again)
        async for chunk in feed.chunks():
            kept.heard(chunk, taken=True)
            progress.heard(chunk.share, Tally())
            found.append(f"{chunk.source.doc_id}#{chunk.number}")
    assert progress.share == sum(source.size for source in sources)
    return found


async def test_what_is_in_is_passed_over(tmp_path: Path) -> None:
    """Unless it has changed, or is labelled otherwise, or is wanted again."""
    folder, journal = tmp_path / "docs", tmp_path / "journal"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\n" + "A long sentence about locks. " * 60)
    (folder / "b.txt").write_text("B")
    (folder / "empty.txt").write_text("")
    everything = await sent(folder, journal)

    assert everything[0] == "a.md#0"
    assert everything[-1] == "b.txt#0"
    assert await sent(folder, journal) == []
    (folder / "b.txt").write_text("C")
    assert await sent(folder, journal) == ["b.txt#0"]
    assert await sent(folder, journal, visibility="public") == everything
    assert await sent(folder, journal, visibility="public", again=True) == everything
