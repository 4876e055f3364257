"""Contexts that a generator takes for a retriever's."""

from bench.answers.records import context
from bench.streams.keys import Key
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
