"""The embedded index across restarts, crashes, other models and other processes."""

import asyncio
import runpy
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from tests.workers.index.entries import DIMENSIONS, MODEL, edge_settings, entry
from workers.errors import Transient
from workers.index.home import Marker, locked
from workers.index.qdrant_edge import EdgeIndex, _create, _optimize_apart, open_edge

X = (1.0, 0.0, 0.0)


async def test_survives_a_restart(tmp_path: Path) -> None:
    """What was put in is found by the next process, positions included."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry("zebra")])
        await index.save_positions({"rag.embeddings/0": 1})
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        (hit,) = await index.search(vector=X, text="zebra", visible=["public"], limit=5)
        assert hit.passage.key == "doc#0"
        assert await index.load_positions() == {"rag.embeddings/0": 1}


async def test_survives_kill_9(tmp_path: Path) -> None:
    """After a kill -9 all that was saved is there, the positions are not ahead of it, and the folder is free."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.index.filler", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"filled\n"
    child.kill()
    await child.wait()
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        saved = [f"s{n}#0" for n in range(10)]
        assert set(saved) == set(await index.hashes(saved))
        assert await index.load_positions() == {"rag.embeddings/0": 10}
        await index.upsert([entry("and on", doc_id="after")])
        assert await index.hashes(["after#0"]) == {"after#0": "h1"}


@pytest.mark.parametrize("other", [Marker(model="other", dimensions=3), Marker(model=MODEL, dimensions=4)])
async def test_other_model_begins_anew(tmp_path: Path, other: Marker) -> None:
    """An index of another model, or of other dimensions, is emptied and not mixed; so are its positions."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry("zebra")])
        await index.save_positions({"rag.embeddings/0": 1})
    async with open_edge(edge_settings(tmp_path), model=other.model, dimensions=other.dimensions) as index:
        assert await index.count() == 0
        assert await index.load_positions() == {}
        await index.upsert([entry("quagga", vector=[1.0] * other.dimensions)])


@pytest.mark.parametrize("lost", ["index.json", "shard"])
async def test_incomplete_folder_begins_anew(tmp_path: Path, lost: str) -> None:
    """A folder that lost its marker or its data is filled from the start: no positions are left over."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.save_positions({"rag.embeddings/0": 1})
    (tmp_path / lost).unlink() if lost == "index.json" else shutil.rmtree(tmp_path / lost)
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        assert await index.load_positions() == {}


async def test_second_process_is_refused(tmp_path: Path) -> None:
    """Whoever opens a folder in use is told so, with the process that has it, and disturbs nothing."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.index.filler", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"filled\n"
    with pytest.raises(ConfigError, match=rf"index\.path: is in use by process {child.pid};"):
        async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS):
            pass
    assert child.returncode is None
    child.kill()
    await child.wait()


async def test_unreadable_shard(tmp_path: Path) -> None:
    """A shard that cannot be read stops the process, and says that the folder may be deleted."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS):
        pass
    shutil.rmtree(tmp_path / "shard")
    (tmp_path / "shard").mkdir()
    with pytest.raises(ConfigError, match="may be deleted"):
        async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS):
            pass


async def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A path below a file stops the process with the path in its message."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be used"):
        async with open_edge(edge_settings(tmp_path / "file" / "index"), model=MODEL, dimensions=DIMENSIONS):
            pass


async def test_wrong_vector_is_transient(tmp_path: Path) -> None:
    """What the engine refuses is reported as the stages expect it."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        with pytest.raises(Transient, match="index-unavailable"):
            await index.upsert([entry("zebra", vector=[1.0])])


async def test_graph_is_built_at_the_next_start(tmp_path: Path) -> None:
    """After many additions the next start builds the graph in another process, once, and loses nothing."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry("zebra", doc_id=f"d{n}", vector=(1.0, n / 10_000, 0.0)) for n in range(10_000)])
        await index.upsert([entry("quagga", doc_id="apart", vector=(0.0, 0.0, 1.0))])
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        assert await index.count() == 10_001
        (hit,) = await index.search(vector=(0.0, 0.0, 1.0), text="unheard", visible=["public"], limit=1)
        assert hit.passage.key == "apart#0"
    with locked(str(tmp_path)) as home:
        assert Marker(model=MODEL, dimensions=DIMENSIONS, optimized=10_001) == home.marker()


async def test_graph_may_fail_to_be_built(tmp_path: Path) -> None:
    """Building that takes too long, or fails, is given up without a trace."""
    with locked(str(tmp_path)) as home:
        _create(home, Marker(model=MODEL, dimensions=DIMENSIONS)).close()
        await _optimize_apart(home, 5, seconds=0)
        assert Marker(model=MODEL, dimensions=DIMENSIONS, optimized=0) == home.marker()
        shutil.rmtree(home.shard)
        home.shard.mkdir()
        await _optimize_apart(home, 5)
        assert Marker(model=MODEL, dimensions=DIMENSIONS, optimized=0) == home.marker()


async def test_graph_is_built_by_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command builds the graph of a folder that nobody has open, and the data stays."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry("zebra")])
    monkeypatch.setattr(sys, "argv", ["optimize", str(tmp_path / "shard")])
    runpy.run_module("workers.index.optimize", run_name="__main__")
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        assert await index.count() == 1


async def test_words_are_counted_as_passages_come_and_go(tmp_path: Path) -> None:
    """Replaced, relabelled, deleted or read from the disk: the counts are those of what is held."""
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        await index.upsert([entry("a weir", doc_id="a"), entry("a weir", doc_id="b"), entry("a lock", doc_id="b")])
        await index.upsert([entry("a weir", doc_id="c"), entry("a gate", doc_id="d"), entry("...", doc_id="e")])
        await index.upsert([entry("a weir", doc_id="c", visibility="internal"), entry("a gate", doc_id="d")])
        await index.delete(["d#0", "unknown#0"])
        counts = counted(index)
        await index.flush()
    assert counts == [3, 1, {1: 2}, {1: 1}]
    async with open_edge(edge_settings(tmp_path), model=MODEL, dimensions=DIMENSIONS) as index:
        assert counted(index) == counts


def counted(index: EdgeIndex) -> list[object]:
    """Passages by label, and how many words are in how many of them."""
    rarity = index._rarity
    labels = ("public", "internal")
    words = [dict(Counter(count for count in rarity._words[label].values() if count)) for label in labels]
    return [*(rarity._passages[label] for label in labels), *words]
