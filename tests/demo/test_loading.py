"""Bringing the corpus in."""

from pathlib import Path

import orjson
import pytest

from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.corpus.document import Document, Paragraph
from demo.errors import Refused
from demo.loading import ATTEMPTS, MARKER, Loader
from tests.demo.conftest import Says, Scripted

TAKEN = Says(status=202, body=b"{}")


def corpus(*texts: str) -> Corpus:
    paragraphs = tuple(Paragraph(heading="", text=text) for text in texts)
    return Corpus((Document(doc_id="a", title="A", visibility="public", source_url="u", paragraphs=paragraphs),))


async def load(server: Scripted, home: Path, wanted: Corpus, *script: Says) -> tuple[int, list[tuple[int, int]]]:
    server.script = script or (TAKEN,)
    told: list[tuple[int, int]] = []
    async with Client(server.url, token="t") as client:
        count = await Loader(client, home=home, progress=lambda n, of: told.append((n, of))).load(wanted)
    return count, told


async def test_everything_is_loaded_once(scripted: Scripted, tmp_path: Path) -> None:
    """A second start posts nothing."""
    assert await load(scripted, tmp_path, corpus("one", "two")) == (2, [(1, 2), (2, 2)])
    assert await load(scripted, tmp_path, corpus("one", "two")) == (0, [])
    assert len(scripted.asked) == 2


async def test_only_what_changed_is_loaded_again(scripted: Scripted, tmp_path: Path) -> None:
    """A changed paragraph and a new one are posted, the others are not."""
    await load(scripted, tmp_path, corpus("one", "two"))
    scripted.bodies.clear()

    assert (await load(scripted, tmp_path, corpus("one", "TWO", "three")))[0] == 2
    assert sorted(orjson.loads(body)["text"] for body in scripted.bodies) == ["TWO", "three"]


@pytest.mark.parametrize("marker", [b"", b"[]", b"no json"])
async def test_a_broken_marker_means_load_again(scripted: Scripted, tmp_path: Path, marker: bytes) -> None:
    """Posting twice is harmless, so doubt means post."""
    (tmp_path / MARKER).write_bytes(marker)

    assert (await load(scripted, tmp_path, corpus("one")))[0] == 1


async def test_what_may_pass_is_tried_again(scripted: Scripted, tmp_path: Path) -> None:
    """A gateway that is still starting is waited for."""
    busy = Says(status=503, headers={"retry-after": "0"})

    assert (await load(scripted, tmp_path, corpus("one"), busy, busy, TAKEN))[0] == 1
    assert len(scripted.asked) == 3


@pytest.mark.parametrize(("status", "asked"), [(400, 1), (503, ATTEMPTS)])
async def test_what_does_not_pass_is_an_error(scripted: Scripted, tmp_path: Path, status: int, asked: int) -> None:
    """A chunk that is refused, or a gateway that stays away, is told; and nothing is marked as loaded."""
    with pytest.raises(Refused, match=f"refused with {status}"):
        await load(scripted, tmp_path, corpus("one"), Says(status=status, headers={"retry-after": "0"}))

    assert len(scripted.asked) == asked
    assert not (tmp_path / MARKER).exists()
