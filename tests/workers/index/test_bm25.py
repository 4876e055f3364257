"""Text as sparse vectors."""

from workers.index.bm25 import Bm25Encoder


def test_forms_of_a_word_meet() -> None:
    """Case, endings and accents do not keep a word from being found."""
    bm25 = Bm25Encoder()
    kept = set(bm25.document("The Cafés were partitioned").indices)
    assert set(bm25.query("cafe PARTITIONS").indices) == kept


def test_frequency_saturates() -> None:
    """A word that comes again weighs more, but less than twice as much."""
    bm25 = Bm25Encoder()
    (once,) = bm25.document("zebra").values
    (thrice,) = bm25.document("zebra zebra zebra").values
    assert once < thrice < 2 * once


def test_nothing_that_counts() -> None:
    """A text of stop words is empty in both forms."""
    bm25 = Bm25Encoder()
    assert list(bm25.query("the of and").indices) == []
    assert list(bm25.document("").indices) == []
