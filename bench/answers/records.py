"""Contexts as the retriever writes them: without passages no model is asked, so all that an answer costs is ours."""

import time

from bench.streams.keys import Key
from bench.streams.records import enveloped
from schemas.context import TYPE, Context, ContextPassage, encode
from schemas.signature import Signer
from workers.topics import CONTEXTS

_SENTENCES = (
    "A weir holds back the water of a river, so that boats have depth enough above it in a dry summer as well.",
    "What a weir holds back must pass somewhere: over its crest, through its gates, or by a channel beside it.",
    "The keeper of a weir opens its gates before a flood comes down, and shuts them when the river falls back.",
    "A weir that holds back too much drowns the meadows above it, and one that holds too little strands the barges.",
)
PASSAGES = tuple(
    ContextPassage(
        doc_id="weirs", chunk_index=number, text=text, visibility="public", source_url=None, score=1.0 / (number + 1)
    )
    for number, text in enumerate(_SENTENCES)
)
"""Of which the stand-in makes an answer of some eighty words."""


def context(key: Key, *, number: int, signer: Signer, spoken: bool = False) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A record's body and its headers."""
    made = Context(
        query_id=key.value,
        question="What does a weir hold back?",
        top_k=4,
        passages=PASSAGES if spoken else (),
        asked_at=time.time_ns() // 1_000_000,
        retrieved_ms=0,
    )
    body = encode(made)
    return body, enveloped(
        topic=CONTEXTS, key=key.value.encode(), owner=key.owner, number=number, body=body, kind=TYPE, signer=signer
    )
