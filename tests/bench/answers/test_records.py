"""Contexts that a generator takes for a retriever's."""

from bench.answers.records import context
from bench.streams.keys import Key
from demo.standin.extract import Result
from demo.standin.reply import compose
from schemas.context import decode
from schemas.envelope import doubt
from schemas.signature import Signer
from workers.topics import CONTEXTS


def test_a_context() -> None:
    """It is signed, it is its owner's, and it holds no passage, so that no model is asked."""
    signer, key = Signer("r" * 32), Key(value="k", owner="alice")
    body, headers = context(key, number=1, signer=signer)
    assert doubt(topic=CONTEXTS, key=b"k", headers=headers, body=body, signer=signer) is None
    assert b"alice" == dict(headers)["user-id"]
    assert ("k", ()) == (decode(body).query_id, decode(body).passages)


def test_a_context_with_passages() -> None:
    """A model is asked, and finds an answer of some length in what it is given."""
    body, _ = context(Key(value="k", owner="alice"), number=1, signer=Signer("r" * 32), spoken=True)
    found = decode(body)
    results = [Result(source=one.doc_id, title=one.doc_id, blocks=(one.text,), citable=True) for one in found.passages]
    reply = compose(
        identity="m", model="any", question=found.question, results=results, input_tokens=1, max_tokens=1000
    )
    assert reply.output_tokens > 40
