"""Answers made of sentences."""

from demo.standin.extract import Result, extract


def result(*blocks: str, title: str = "t") -> Result:
    """A result of these blocks."""
    return Result(source="s", title=title, blocks=blocks, citable=True)


def said(question: str, *results: Result) -> list[str]:
    """The answer's sentences."""
    return [sentence.text for sentence in extract(question, results)]


def test_best_sentence() -> None:
    """The sentence that has the question's rarer words is taken."""
    found = said(
        "How long are dead letters kept?",
        result("Records of queries are kept for a day. Dead letters are kept for thirty days."),
        result("Letters are written by hand. Nothing else is known about them."),
    )
    assert found == ["Dead letters are kept for thirty days."]


def test_repeated_sentences_are_said_once() -> None:
    """Passages that overlap do not make the answer say a thing twice."""
    sentence = "The gateway keeps dead letters for thirty days."
    assert said("How long are dead letters kept?", result(sentence), result(sentence)) == [sentence]


def test_no_more_than_four() -> None:
    """However much fits, the answer stays short."""
    many = [
        result("The office opens before sunrise on weekdays."),
        result("Visitors find the office behind the station."),
        result("Our office burned down, sadly, last winter."),
        result("Paper for the office comes from Norway."),
        result("Nobody sleeps inside that office anymore."),
        result("Dogs guard the old office together."),
    ]
    assert len(said("Which office?", *many)) == 4


def test_title_tells_what_a_passage_is_about() -> None:
    """Of two sentences alike, the one in the passage whose title has the question's word comes first."""
    found = said(
        "How is the embedder restarted?",
        result("It is restarted by the operator within a minute.", title="generator"),
        result("It can be restarted whenever the queue is empty.", title="embedder"),
    )
    assert found[-1] == "It can be restarted whenever the queue is empty."


def test_long_sentences_are_cut() -> None:
    """A sentence without an end is cut at a word."""
    (text,) = said("zebra?", result("zebra " + "and on " * 200))
    assert len(text) < 370
    assert text.endswith(" ...")


def test_nothing() -> None:
    """No results, no words in common or no words at all: no answer."""
    assert said("zebra?") == []
    assert said("zebra?", result("Horses are kept in a stable.")) == []
    assert said("what is the?", result("What is the matter with it, then?")) == []
    assert said("zebra?", result("# Zebra\n")) == []
