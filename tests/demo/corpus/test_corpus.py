"""The corpus keeps what the demo promises of it."""

from collections import Counter
from pathlib import Path

import pytest

from demo.corpus.corpus import Corpus, fingerprint
from demo.questions import DEMO_QUESTION, FACTS, TIERS, Fact
from schemas.validator import SchemaValidators

CORPUS = Corpus.read()
VISIBILITIES = ("public", "internal", "confidential")


def test_it_is_small_but_real() -> None:
    """At least twelve documents and sixty chunks, and ids that are nobody else's."""
    keys = {(chunk["doc_id"], chunk["chunk_index"]) for chunk in CORPUS.chunks()}

    assert len(CORPUS.documents) >= 12
    assert len(CORPUS.chunks()) >= 60
    assert len(keys) == len(CORPUS.chunks())


def test_every_visibility_has_a_part_of_it() -> None:
    """A tier that may read more finds more."""
    documents = Counter(document.visibility for document in CORPUS.documents)
    chunks = Counter(chunk["visibility"] for chunk in CORPUS.chunks())

    assert set(VISIBILITIES) == set(documents)
    assert min(documents.values()) >= 2
    assert min(chunks.values()) >= 8


@pytest.mark.parametrize("chunk", CORPUS.chunks(), ids=lambda chunk: f"{chunk['doc_id']}#{chunk['chunk_index']}")
def test_every_chunk_would_be_taken(chunk: dict[str, object]) -> None:
    """The edge has nothing to say against any of them, and none is too long for a screen."""
    assert tuple(SchemaValidators.load().get("chunk").violations(chunk)) == ()
    assert 60 <= len(str(chunk["text"])) <= 700


def test_numbers_start_at_zero_and_leave_none_out() -> None:
    """The same file gives the same numbers every time."""
    for document in CORPUS.documents:
        assert [chunk["chunk_index"] for chunk in document.chunks()] == list(range(len(document.paragraphs)))
    assert Corpus.read().chunks() == CORPUS.chunks()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.words)
def test_a_fact_stands_at_one_visibility_only(fact: Fact) -> None:
    """Whoever reads it in an answer knows which chunks the answer was made from."""
    found = {chunk["visibility"] for chunk in CORPUS.chunks() if fact.words in chunk["text"]}

    assert {fact.visibility} == found


def test_the_demo_question_has_an_answer_for_each_visibility() -> None:
    """So the three tiers, asked the same, answer differently."""
    assert {fact.visibility for fact in FACTS if fact.question == DEMO_QUESTION} == set(VISIBILITIES)
    assert len(TIERS) == len(VISIBILITIES)


def test_a_fingerprint_follows_the_content() -> None:
    """A chunk that changed in anything is loaded again; the order of its parts is not a change."""
    chunk = CORPUS.chunks()[0]

    assert fingerprint(dict(reversed(chunk.items()))) == fingerprint(chunk)
    for name in chunk:
        assert fingerprint({**chunk, name: "other"}) != fingerprint(chunk)


def test_a_folder_without_documents_is_an_empty_corpus(tmp_path: Path) -> None:
    """Nothing is no error here: the demo says what it loads."""
    assert Corpus.read(tmp_path).chunks() == []
