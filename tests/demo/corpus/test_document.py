"""How a Markdown file becomes chunks."""

from pathlib import Path

import pytest

from demo.corpus.document import Document
from demo.corpus.errors import DocumentInvalid

FRONT = "---\ndoc_id: a/b\ntitle: A title: with a colon\nvisibility: internal\nsource_url: https://a.example/b\n---\n"


def document(folder: Path, text: str) -> Document:
    file = folder / "a.md"
    file.write_text(text, encoding="utf-8")
    return Document.read(file)


def test_paragraphs_become_chunks_under_their_heading(tmp_path: Path) -> None:
    """Lines of a paragraph are joined; headings are no chunks of their own."""
    read = document(
        tmp_path, f"{FRONT}Before.\n\n# One\n\nFirst line.\nSecond line.\n\n\n## Two\nThird.\n# Three\nFourth."
    )

    assert [(p.heading, p.text) for p in read.paragraphs] == [
        ("", "Before."),
        ("One", "First line. Second line."),
        ("Two", "Third."),
        ("Three", "Fourth."),
    ]
    assert list(read.chunks())[1] == {
        "doc_id": "a/b",
        "chunk_index": 1,
        "text": "First line. Second line.",
        "source_url": "https://a.example/b",
        "visibility": "internal",
        "metadata": {"title": "A title: with a colon", "heading": "One"},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no front matter"),
        ("# Heading\n\nText.", "has no front matter"),
        ("---\ndoc_id: a\n", "has no front matter"),
        ("---\ndoc_id: a\n---\nText.", "needs exactly doc_id, source_url, title, visibility"),
        (FRONT.replace("internal", "") + "Text.", "needs exactly"),
        (FRONT.replace("title:", "name:") + "Text.", "needs exactly"),
        (FRONT, "has no text"),
        (f"{FRONT}# Only a heading\n", "has no text"),
    ],
)
def test_a_file_that_is_built_otherwise_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """A document is never loaded by halves."""
    with pytest.raises(DocumentInvalid, match=reason):
        document(tmp_path, text)
