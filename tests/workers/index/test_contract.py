"""What every index promises, proved on each of them."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from runtime.settings.models import IndexSettings
from tests.workers.index.entries import DIMENSIONS, MODEL, edge_settings, entry
from workers.index.factory import open_index
from workers.ports import Store, Vector

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning")

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@pytest.fixture(params=["qdrant-edge", "qdrant"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty index; qdrant-client's own in-memory twin stands for the server."""
    settings = {"qdrant-edge": edge_settings(tmp_path), "qdrant": IndexSettings(provider="qdrant", url=":memory:")}
    async with open_index(settings[request.param], model=MODEL, dimensions=DIMENSIONS) as opened:
        yield opened


async def search(
    index: Store, text: str, *, vector: Vector = X, visible: Collection[str] = ("public",), limit: int = 5
) -> list[str]:
    """Searches, and returns keys, best first."""
    hits = await index.search(vector=vector, text=text, visible=visible, limit=limit)
    return [hit.passage.key for hit in hits]


async def test_empty(index: Store) -> None:
    """An empty index finds nothing and holds nothing."""
    assert await search(index, "anything") == []
    assert await index.count() == 0
    assert await index.hashes(["doc#0"]) == {}


async def test_passage_is_kept_whole(index: Store) -> None:
    """A hit carries its passage exactly as it was put in."""
    metadata = {"pages": [1, 2.5, None], "author": {"name": "Zoë"}, "draft": False}
    kept = entry("Kafka waits.", doc_id="a#b", chunk_index=7, metadata=metadata, source_url="https://x.example/a")
    await index.upsert([kept])
    (hit,) = await index.search(vector=X, text="kafka", visible={"public"}, limit=5)
    assert kept.passage == hit.passage
    assert hit.score > 0


async def test_dense_leg_finds_what_shares_no_word(index: Store) -> None:
    """Similarity of vectors alone is enough to be found."""
    await index.upsert([entry("apples", doc_id="near", vector=X), entry("pears", doc_id="far", vector=Y)])
    assert await search(index, "unrelated", vector=(0.9, 0.1, 0.0)) == ["near#0", "far#0"]


async def test_words_leg_outweighs_equal_vectors(index: Store) -> None:
    """Among passages that are equally near, the one that has the question's words comes first."""
    await index.upsert([entry(f"filler number {n}", doc_id=f"f{n}", vector=X) for n in range(5)])
    await index.upsert([entry("The broker was partitioned.", doc_id="hit", vector=X)])
    assert (await search(index, "partitioning of brokers"))[0] == "hit#0"


async def test_both_legs_beat_one(index: Store) -> None:
    """A passage that is second in both legs comes before those that are first in one and absent from the other."""
    fillers = [entry("apples", doc_id=f"f{n}", vector=Y) for n in range(60)]
    await index.upsert(
        [
            *fillers,
            entry("nothing in common", doc_id="dense", vector=X),
            entry("zebra zebra zebra", doc_id="words", vector=(-1.0, 0.0, 0.0)),
            entry("zebra and much besides that is not asked for at all", doc_id="both", vector=(0.9, 0.1, 0.0)),
        ]
    )
    assert (await search(index, "zebra"))[0] == "both#0"


async def test_only_stop_words(index: Store) -> None:
    """A question without a word that counts is searched by similarity."""
    await index.upsert([entry("the of", doc_id="a", vector=X), entry("apples", doc_id="b", vector=Y)])
    assert await search(index, "the of and") == ["a#0", "b#0"]


async def test_visibility_filters_both_legs(index: Store) -> None:
    """What the searcher may not see is found by neither leg, however well it fits."""
    await index.upsert(
        [
            entry("zebra", doc_id="open", vector=Y),
            entry("zebra", doc_id="inside", vector=X, visibility="internal"),
            entry("zebra", doc_id="secret", vector=X, visibility="confidential"),
        ]
    )
    assert await search(index, "zebra", visible=["public"]) == ["open#0"]
    assert {"open#0", "inside#0"} == set(await search(index, "zebra", visible=["public", "internal"]))
    assert await search(index, "zebra", visible=[]) == []
    assert await search(index, "zebra", visible=["unheard-of"]) == []


async def test_hidden_passages_take_no_place(index: Store) -> None:
    """A visible passage is found though more hidden ones than a leg has candidates fit better."""
    hidden = [entry("zebra", doc_id=f"h{n}", vector=X, visibility="confidential") for n in range(120)]
    await index.upsert([*hidden, entry("zebra crossing", doc_id="open", vector=Y)])
    assert await search(index, "zebra", limit=1) == ["open#0"]


async def test_hidden_passages_shift_no_rank(index: Store) -> None:
    """Hidden passages do not change order or score of the visible ones: rarity of words is counted among what is seen."""
    await index.upsert(
        [
            entry("zebra", doc_id="a", vector=X),
            entry("quagga", doc_id="b", vector=X),
            entry("quagga and zebra cross the wide river", doc_id="c", vector=X),
            entry("quagga", doc_id="d", vector=X),
        ]
    )
    before = await index.search(vector=X, text="zebra quagga", visible=["public"], limit=4)
    await index.upsert([entry("zebra", doc_id=f"h{n}", vector=X, visibility="internal") for n in range(60)])
    after = await index.search(vector=X, text="zebra quagga", visible=["public"], limit=4)
    assert {hit.passage.key: hit.score for hit in before} == {hit.passage.key: hit.score for hit in after}


async def test_same_key_replaces(index: Store) -> None:
    """A newer version takes the place of the older one: text, vector, visibility and hash."""
    await index.upsert([entry("old words", content_hash="h1")])
    await index.upsert([entry("new zebra", content_hash="h2", vector=Y, visibility="internal")])
    assert await index.count() == 1
    assert await index.hashes(["doc#0"]) == {"doc#0": "h2"}
    assert await search(index, "old", visible=["public"]) == []
    assert await search(index, "zebra", visible=["internal"]) == ["doc#0"]


async def test_last_of_a_batch_wins(index: Store) -> None:
    """Of two versions in one batch the later one stays."""
    await index.upsert([entry("one", content_hash="h1"), entry("two", content_hash="h2")])
    assert await index.hashes(["doc#0"]) == {"doc#0": "h2"}


async def test_delete(index: Store) -> None:
    """What is deleted is gone, what is unknown does not matter, and the rest stays."""
    await index.upsert([entry("a", doc_id="a"), entry("b", doc_id="b")])
    await index.delete(["a#0", "never#1"])
    await index.delete([])
    assert await index.count() == 1
    assert await search(index, "a") == ["b#0"]


async def test_limit(index: Store) -> None:
    """No more hits than asked for, also where that is more than the candidates of a leg."""
    await index.upsert([entry(f"zebra {n}", doc_id=f"d{n}", vector=(1.0, n / 100, 0.0)) for n in range(80)])
    assert len(await search(index, "zebra", limit=3)) == 3
    assert len(await search(index, "zebra", limit=60)) == 60


async def test_equals_keep_their_order(index: Store) -> None:
    """Passages of equal rank come by their keys, each time, also where the limit cuts between them."""
    await index.upsert(
        [entry("zebra apples", doc_id="b", vector=X), entry("zebra zebra", doc_id="a", vector=(0.9, 0.1, 0.0))]
    )
    for _ in range(20):
        assert await search(index, "zebra") == ["a#0", "b#0"]
        assert await search(index, "zebra", limit=1) == ["a#0"]


async def test_many_at_once(index: Store) -> None:
    """Batches larger than one call takes go in whole, while searches go on."""
    many = [entry(f"passage {n}", doc_id=f"d{n}", vector=(1.0, n / 1000, 0.0)) for n in range(600)]
    found = await asyncio.gather(index.upsert(many), *(search(index, "passage") for _ in range(8)))
    assert await index.count() == 600
    assert len(found) == 9


async def test_hashes_of_those_held(index: Store) -> None:
    """Only keys that are held have a hash."""
    await index.upsert([entry("a", doc_id="a", content_hash="x"), entry("b", doc_id="b", content_hash="y")])
    assert await index.hashes(["a#0", "b#0", "c#0"]) == {"a#0": "x", "b#0": "y"}


async def test_positions(index: Store) -> None:
    """Positions are empty at first, and then what was saved last."""
    assert await index.load_positions() == {}
    await index.save_positions({"rag.embeddings/0": 7, "rag.embeddings/1": 2**40})
    await index.save_positions({"rag.embeddings/0": 8})
    assert await index.load_positions() == {"rag.embeddings/0": 8}


async def test_positions_are_no_passage(index: Store) -> None:
    """Keeping positions adds nothing to what is counted or found."""
    await index.save_positions({"rag.embeddings/0": 7})
    await index.flush()
    assert await index.count() == 0
    assert await search(index, "rag") == []


async def test_rankings_agree(tmp_path: Path) -> None:
    """The embedded index and the server's twin put the same passages in the same order with the same scores."""
    corpus = [
        entry("Kafka keeps records in partitions.", doc_id="a", vector=X),
        entry("Partitions are balanced among consumers.", doc_id="b", vector=(0.8, 0.6, 0.0)),
        entry("The gateway answers with a receipt.", doc_id="c", vector=(0.1, 0.9, 0.3)),
        entry("Kafka, Kafka and once more: Kafka.", doc_id="d", vector=Z),
    ]
    found = []
    for settings in (edge_settings(tmp_path), IndexSettings(provider="qdrant", url=":memory:")):
        async with open_index(settings, model=MODEL, dimensions=DIMENSIONS) as index:
            await index.upsert(corpus)
            hits = await index.search(vector=X, text="kafka partitions", visible=["public"], limit=4)
            found.append([(hit.passage.key, pytest.approx(hit.score)) for hit in hits])
    assert found[0] == found[1]
    assert len(found[0]) == 4
