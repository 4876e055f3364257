"""What came of a load."""

from demo.load.receipts import Receipt
from demo.load.tally import KEPT, Tally
from tests.demo.load.conftest import chunk

TAKEN = Receipt(line=1, status=202, problem={})
REFUSED = Receipt(line=1, status=403, problem={"title": "Label above tier", "detail": "needs enterprise"})


def test_it_says_what_was_taken_and_what_was_not() -> None:
    """With the file, the chunk and the reason."""
    tally = Tally()
    tally.count(chunk(0), TAKEN)
    tally.count(chunk(1), REFUSED)

    said = list(tally.lines(seconds=0.5))
    assert said[0] == "1 chunks accepted, 1 refused; 0.0 MB in 0.5 s, 2 records/s"
    assert said[1:] == ["refused: doc.md, chunk 1: refused with 403: needs enterprise"]


def test_it_does_not_grow_with_what_is_refused() -> None:
    """Of many only their number is kept."""
    tally = Tally()
    for number in range(KEPT + 5):
        tally.count(chunk(number), REFUSED)

    assert (tally.heard, len(tally.refusals)) == (KEPT + 5, KEPT)
    assert list(tally.lines(seconds=1))[-1] == "refused: 5 more"
