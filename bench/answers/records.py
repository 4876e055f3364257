"""Contexts as the retriever writes them where it found nothing: no model is asked, so all that an answer costs is ours."""

import time

from bench.streams.keys import Key
from bench.streams.records import enveloped
from schemas.context import TYPE, Context, encode
from schemas.signature import Signer
from workers.topics import CONTEXTS


def context(key: Key, *, number: int, signer: Signer) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A record's body and its headers."""
    made = Context(
        query_id=key.value,
        question="What is a weir?",
        top_k=4,
        passages=(),
        asked_at=time.time_ns() // 1_000_000,
        retrieved_ms=0,
    )
    body = encode(made)
    return body, enveloped(
        topic=CONTEXTS, key=key.value.encode(), owner=key.owner, number=number, body=body, kind=TYPE, signer=signer
    )
