"""What is posted, and its keys."""

from bench.body import DOCUMENT, with_keys
from bench.http1 import NUMBER, in_turn, request

PLAIN = [request("POST", "/chunks", host="here", headers={"a": "b"}, body=b"{}").decode("latin-1") for _ in range(2)]


def test_keys() -> None:
    """The key is a header of the request, whose body stays; a document's number tells one request from another."""
    first, second = with_keys(PLAIN, f"run-{DOCUMENT}")
    assert first.endswith('\r\ncontent-length: 2\r\nidempotency-key: "run-0"\r\n\r\n{}')
    assert first.replace("run-0", "run-1") == second


def test_fresh_keys() -> None:
    """A key with the place of a number is another in each request that is sent."""
    sent = in_turn(with_keys(PLAIN, f"run-{NUMBER}"))
    heads = [next(sent).partition(b"\r\n\r\n")[0] for _ in range(4)]
    assert [b'"run-%d"' % number for number in range(4)] == [head.rpartition(b" ")[2] for head in heads]
