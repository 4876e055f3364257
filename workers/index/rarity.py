"""How rare a word is among those passages that a searcher may see: the inverse document frequency of BM25.

An engine can count this for each search, over all passages that the filter lets through: 5 ms of CPU with 66 000 of
them, of 6 that the whole search took. Labels are few and words are counted as passages come and go, so here it is a
sum of some numbers. Counted by label, because what a searcher may not see must not shift ranks.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from workers.index.bm25 import Sparse


class Rarity:
    """Counts passages and their words by label. Bounded by the different words of the passages that are held."""

    def __init__(self) -> None:
        self._passages: Counter[str] = Counter()
        self._words: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def add(self, label: str, words: Sequence[int]) -> None:
        """A passage with this label and these words is held."""
        self._passages[label] += 1
        self._words[label].update(words)

    def remove(self, label: str, words: Sequence[int]) -> None:
        """It is held no more."""
        self._passages[label] -= 1
        counts = self._words[label]
        for word in words:
            if counts[word] > 1:
                counts[word] -= 1
            else:
                del counts[word]

    def weighed(self, query: Sparse, *, visible: Collection[str]) -> Sparse:
        """The words that are asked for, each weighing the more the fewer of the visible passages have it.

        The formula is the engine's own, so that an index that lets its engine count ranks alike.
        """
        labels = set(visible)
        count = sum(self._passages[label] for label in labels)
        with_word = [sum(self._words[label][word] for label in labels) for word in query.indices]
        weights = [math.log1p((count - those + 0.5) / (those + 0.5)) for those in with_word]
        return Sparse(query.indices, [value * weight for value, weight in zip(query.values, weights, strict=True)])
