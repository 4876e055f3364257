"""How rare a word is among what a searcher may see."""

import math

import pytest

from workers.index.bm25 import Sparse
from workers.index.rarity import Rarity

PUBLIC, BOTH = ("public",), ("public", "internal")
LOCK, WEIR, GATE = 1, 2, 3


def weight(rarity: Rarity, word: int, visible: tuple[str, ...] = PUBLIC) -> float:
    return rarity.weighed(Sparse([word], [1.0]), visible=visible).values[0]


def filled() -> Rarity:
    rarity = Rarity()
    rarity.add("public", [LOCK, WEIR])
    rarity.add("public", [LOCK])
    rarity.add("internal", [WEIR])
    return rarity


def test_the_rarer_weighs_more() -> None:
    """By the formula of BM25, times what the word weighs in the query."""
    rarity = filled()
    assert weight(rarity, WEIR) == pytest.approx(math.log(1 + (2 - 1 + 0.5) / (1 + 0.5)))
    assert weight(rarity, GATE) > weight(rarity, WEIR) > weight(rarity, LOCK) > 0
    assert rarity.weighed(Sparse([LOCK, WEIR], [2.0, 1.0]), visible=PUBLIC).values == [
        2 * weight(rarity, LOCK),
        weight(rarity, WEIR),
    ]


def test_what_is_hidden_counts_nothing() -> None:
    """It must not show in ranks."""
    rarity, alone = filled(), Rarity()
    alone.add("public", [LOCK, WEIR])
    alone.add("public", [LOCK])
    assert weight(rarity, WEIR) == weight(alone, WEIR)
    assert weight(rarity, WEIR, BOTH) != weight(alone, WEIR, BOTH)
    assert weight(rarity, WEIR, (*BOTH, "internal")) == weight(rarity, WEIR, BOTH)


def test_what_is_gone_counts_no_more() -> None:
    """And leaves nothing behind."""
    rarity = filled()
    rarity.add("public", [WEIR, GATE])
    rarity.remove("public", [WEIR, GATE])
    assert [weight(rarity, word) for word in (LOCK, WEIR, GATE)] == [
        weight(filled(), word) for word in (LOCK, WEIR, GATE)
    ]
    assert GATE not in rarity._words["public"]
