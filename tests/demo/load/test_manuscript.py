"""A file as chunks."""

from pathlib import Path

import orjson
import pytest

from demo.corpus.corpus import FOLDER
from demo.load.errors import FileUnfit
from demo.load.files import Content, Source, find, read
from demo.load.manuscript import Chunk, Front, chunks_of, fingerprint
from demo.load.splitting import Splitter
from schemas.validator import SchemaValidators

SPLITTER = Splitter()


def chunks(text: str, *, visibility: str | None = None, name: str = "locks.md") -> list[Chunk]:
    source = Source(file=Path(name), doc_id=f"wiki/{name}", size=len(text))
    return list(chunks_of(source, Content(text=text, digest=""), visibility=visibility, splitter=SPLITTER))


def test_a_chunk_is_what_the_gateway_takes() -> None:
    """The demo's own documents, cut anew, satisfy the schema; their shares come to their whole files."""
    schema = SchemaValidators.load().get("chunk")
    for source in find([FOLDER]):
        found = chunks_of(source, read(source.file), visibility=None, splitter=SPLITTER)
        assert [tuple(schema.violations(orjson.loads(chunk.line))) for chunk in found] == [()] * len(found)
        assert sum(chunk.share for chunk in found) == source.size
        assert [chunk.is_last for chunk in found] == [False] * (len(found) - 1) + [True]


def test_a_line_holds_what_is_known() -> None:
    """And nothing of what is not."""
    (chunk,) = chunks("# Locks\n\nThey lift boats.")
    assert chunk.line.endswith(b"\n")
    assert orjson.loads(chunk.line) == {
        "doc_id": "wiki/locks.md",
        "chunk_index": 0,
        "text": "# Locks\n\nThey lift boats.",
        "metadata": {"title": "Locks", "heading": "Locks"},
    }


def test_a_file_says_of_itself_what_it_is() -> None:
    """That goes before what is said of all, so that nothing becomes public by being loaded with others."""
    text = "---\ntitle: 'Of locks'\nvisibility: confidential\nsource_url: https://x.example\n---\nThey lift boats."
    (chunk,) = chunks(text, visibility="public")
    document = orjson.loads(chunk.line)
    assert (document["visibility"], document["source_url"]) == ("confidential", "https://x.example")
    assert (document["text"], document["metadata"]["title"]) == ("They lift boats.", "Of locks")


def test_what_is_said_of_all_holds_for_the_others() -> None:
    """A text file says nothing of itself, whatever it begins with."""
    (chunk,) = chunks("---\nvisibility: confidential\n---\ntext", visibility="public", name="a.txt")
    document = orjson.loads(chunk.line)
    assert (document["visibility"], document["metadata"]["title"]) == ("public", "a")


def test_a_label_that_there_is_not_is_named() -> None:
    """With its file: the gateway would refuse each of its chunks."""
    with pytest.raises(FileUnfit, match=r"locks\.md has the visibility secret, which is none of"):
        chunks("---\nvisibility: secret\n---\ntext")


@pytest.mark.parametrize("text", ["", "text", "---\ntitle: A\n", "text\n---\ntitle: A\n---\n"])
def test_what_is_not_at_the_top_or_does_not_end_is_text(text: str) -> None:
    """A line of --- is also a rule."""
    assert Front.of(text) == Front(fields={}, text=text)


def test_a_fingerprint_follows_what_is_posted() -> None:
    """The content, and the label that is said of all."""
    one, other = Content(text="a", digest="1"), Content(text="b", digest="2")
    prints = {fingerprint(content, visibility=label) for content in (one, other) for label in (None, "public")}
    assert len(prints) == 4
    assert fingerprint(one, visibility=None) in prints
