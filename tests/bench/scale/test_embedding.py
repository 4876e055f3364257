"""Texts are timed one by one."""

from collections.abc import Sequence

from bench.scale.embedding import spent
from workers.ports import Vector


class Slow:
    """An embedder that computes for a while, and keeps how many texts each call had."""

    model, dimensions = "slow", 1

    def __init__(self) -> None:
        self.calls: list[int] = []

    def count_tokens(self, text: str) -> int:
        """As many as it has words."""
        return len(text.split())

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Nothing, after some work."""
        self.calls.append(len(texts))
        sum(range(200_000))
        return [[0.0] for _ in texts]


async def test_each_text_is_a_call_of_its_own() -> None:
    """And what is said is of one of them."""
    embedder = Slow()
    assert 0 < await spent(embedder, ["a", "b", "c"], pause=0.0) < 1
    assert embedder.calls == [1, 1, 1]
