"""Contexts whose answers are long."""

import asyncio
import time
from collections.abc import Sequence

from bench.streams.keys import issue
from bench.streams.records import enveloped
from bus.ports import Producer
from bus.records import Record
from schemas.context import TYPE, Context, ContextPassage, encode
from schemas.signature import Signer
from workers.answer import prompted
from workers.ports import Passage
from workers.topics import CONTEXTS

TOKENS = 60
"""In each answer, at least: the stand-in says a sentence that answers word by word."""

_QUESTION = "What is a weir and what does a weir do?"
_TEXT = "A weir is what a weir does, " + "and the water lifts the boat, " * 10 + "said the keeper of the weir."
_PASSAGES = (
    ContextPassage(doc_id="weirs", chunk_index=0, text=_TEXT, visibility="public", source_url=None, score=1.0),
)


def passages() -> Sequence[Passage]:
    """What an answer is made from."""
    return prompted(_PASSAGES)


async def write(producer: Producer, count: int, *, secret: str, ids: str) -> None:
    """Puts so many on their topic."""
    signer, sending = Signer(secret), list[asyncio.Future[object]]()
    for number, key in enumerate(issue(count, secret=ids)):
        made = Context(
            query_id=key.value,
            question=_QUESTION,
            top_k=1,
            passages=_PASSAGES,
            asked_at=time.time_ns() // 1_000_000,
            retrieved_ms=0,
        )
        name, body = key.value.encode(), encode(made)
        headers = enveloped(
            topic=CONTEXTS, key=name, owner=key.owner, number=number, body=body, kind=TYPE, signer=signer
        )
        record = Record(topic=CONTEXTS, key=name, value=body, headers=tuple(headers))
        sending.append(asyncio.ensure_future(producer.send(record)))
    await asyncio.gather(*sending)
