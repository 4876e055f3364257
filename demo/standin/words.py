"""Words as both halves of the stand-in compare them."""

import re

_WORD = re.compile(r"[a-z0-9]+(?:['_.-][a-z0-9]+)*")

_SUFFIXES = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ions",
    "ion",
    "ies",
    "ied",
    "ers",
    "er",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)

_COMMON = (
    "a about all also an and any are as at be been but by can could did do does for from get had has have how i if in"
    " into is it its may me more most my no not of on one or our out please shall she should so some such tell than"
    " that the their them then there these they this those to under up use was we were what when where which while who"
    " whom whose why will with would you your happen happens much many long"
)
STOPWORDS = frozenset(_COMMON.split())


def words(text: str) -> list[str]:
    """The words of `text` that carry meaning, cut to their stems."""
    found = _WORD.findall(text.lower().replace("\u2019", "'"))
    return [stem(word) for word in found if word not in STOPWORDS]


def stem(word: str) -> str:
    """Cuts one ending, so that most forms of a word meet: rough, but the same for question and text."""
    word = word.removesuffix("'s")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word
