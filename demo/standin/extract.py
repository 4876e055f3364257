"""An answer made of the sentences that fit the question best; no model is asked."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.standin.words import words
from workers.models.sentences import sentences

_MOST = 4
_ENOUGH = 0.45  # of the weight of the question's words
_NEARLY = 0.6  # of the best sentence's score
_MARKUP = re.compile(r"^\s*(?:#+|[-*+]|\d+\.|>|\|)\s+|\*\*|__|`")
_LONGEST = 360  # characters of one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A `search_result` block of the request."""

    source: str
    title: str
    blocks: Sequence[str]
    citable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the answer, and where it is from: the block that holds it is the least that can be cited."""

    text: str
    result: int
    block: int
    stems: frozenset[str]
    context: frozenset[str]


def extract(question: str, results: Sequence[Result]) -> list[Sentence]:
    """The one to four sentences that match best, in the order of the results; none where nothing matches."""
    candidates = list(_candidates(results))
    weights = _weights(set(words(question)), candidates)
    total = sum(weights.values())
    if not total:
        return []
    scored = sorted(
        ((_score(candidate, weights), place) for place, candidate in enumerate(candidates)),
        key=lambda entry: (-entry[0], entry[1]),
    )
    best = scored[0][0]
    if best < _ENOUGH * total:
        return []
    chosen = _different(candidates[place] for score, place in scored if score >= _NEARLY * best)
    return sorted(chosen, key=candidates.index)


def _candidates(results: Sequence[Result]) -> Iterable[Sentence]:
    for number, result in enumerate(results):
        title = frozenset(words(result.title.replace("-", " ")))
        around = title | frozenset(words(" ".join(result.blocks)))
        for block, content in enumerate(result.blocks):
            for piece in sentences(content):
                text = _clean(piece)
                if not piece.lstrip().startswith("#") and len(text) > 20:
                    yield Sentence(text=text, result=number, block=block, stems=frozenset(words(text)), context=around)


def _weights(asked: set[str], candidates: Sequence[Sentence]) -> dict[str, float]:
    """How much each word of the question tells, by how few sentences have it; a word that none has tells little."""
    holders = Counter(stem for candidate in candidates for stem in candidate.stems & asked)
    return {stem: math.log(1 + len(candidates) / (1 + holders[stem])) for stem in asked} if candidates else {}


def _score(sentence: Sentence, weights: dict[str, float]) -> float:
    said = sum(weight for stem, weight in weights.items() if stem in sentence.stems)
    implied = sum(weight for stem, weight in weights.items() if stem in sentence.context and stem not in sentence.stems)
    # What a sentence's passage says elsewhere counts a little, and so does the order in which passages were found.
    return (said + 0.35 * implied) * (1 + 0.15 / (1 + sentence.result)) if said else 0.0


def _different(candidates: Iterable[Sentence]) -> list[Sentence]:
    chosen: list[Sentence] = []
    for candidate in candidates:
        if all(_overlap(candidate.stems, other.stems) < 0.6 for other in chosen):
            chosen.append(candidate)
        if len(chosen) == _MOST:
            break
    return chosen


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _clean(piece: str) -> str:
    text = " ".join(_MARKUP.sub("", piece).split())
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return text if not text or text[-1] in ".!?:)" else text + "."
