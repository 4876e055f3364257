"""What the traffic asks and writes. By what they hold, the stand-in model knows which questions are to go wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from demo.questions import FACTS

QUESTIONS: Sequence[str] = tuple(fact.question for fact in FACTS)
"""Questions that the library can answer."""

NO_ROOM = "Which gates does the busiest model open?"
"""The first model of a chain has no room for it, so the next one answers."""

REFUSED = "Which gates must nobody ask about?"
"""The provider refuses it for good: a dead letter."""

UNLUCKY = "Which gates open at the second try?"
"""The model fails once, and answers when it is asked again."""

BULK_LINES = 20


def fault(*, containing: str = "", **more: Any) -> Mapping[str, Any]:
    """One fault as the stand-in's `/control` takes it; what has a text in it lasts, any other is used up."""
    return {**({"containing": containing} if containing else {}), **more}


LASTING: Sequence[Mapping[str, Any]] = (
    fault(containing=NO_ROOM, status=529, model="claude-opus-4-5"),
    fault(containing=REFUSED, status=400),
)


def passage(number: int) -> Mapping[str, Any]:
    """One of a few passages that are written again and again, so that the index does not grow."""
    return {
        "doc_id": f"traffic-{number % BULK_LINES}",
        "chunk_index": 0,
        "text": f"Barge {number % BULK_LINES} went through when it was its turn, and nobody wrote down more than that.",
        "visibility": "public",
    }
