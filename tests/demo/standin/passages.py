"""A small corpus as the Messages API takes it."""

from typing import Any

CORPUS = {
    "kafka": [
        "# When Kafka is down\n\n",
        "When Kafka is down, POST answers 503 with a Retry-After header within six seconds. ",
        "Workers wait and go on when it is back.",
    ],
    "tiers": [
        "Tiers are an ordered list. ",
        "The free tier reads public documents only. ",
        "An enterprise caller also reads confidential ones.",
    ],
    "limits": [
        "The free tier may send 50 requests a second. The standard tier may send 200 requests a second.",
        "- **Enterprise** callers may send `1000` requests a second\n",
    ],
}


def search_results(*, citations: bool = True) -> list[dict[str, Any]]:
    """The corpus as `search_result` blocks."""
    return [
        {
            "type": "search_result",
            "source": f"https://docs.example/{title}",
            "title": title,
            "content": [{"type": "text", "text": text} for text in texts],
            "citations": {"enabled": citations},
        }
        for title, texts in CORPUS.items()
    ]


def asked(question: str, *, citations: bool = True) -> dict[str, Any]:
    """The arguments of a call that asks `question` of the corpus."""
    content = [*search_results(citations=citations), {"type": "text", "text": question}]
    return {"model": "claude-haiku-4-5", "max_tokens": 300, "messages": [{"role": "user", "content": content}]}
