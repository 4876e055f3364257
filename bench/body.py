"""What is posted: chunks of one size, by many callers."""

from collections.abc import Iterator, Sequence

import orjson

from bench.address import Address
from bench.http1 import request
from local.tokens import SigningKey

CALLERS = 50
"""So many that no caller meets the rate of its tier."""

DOCUMENTS = 200
"""Each of a request's own."""

DOCUMENT = "{document}"
"""In a key: the number of the request's document."""

TEXT_BYTES = 600
CHUNKS = "/chunks"
TIER = "enterprise"

_SENTENCE = "A lock lets a boat climb a hill by letting the water do the lifting, one chamber at a time. "


def callers() -> list[str]:
    """The `sub` of each caller."""
    return [f"bench-{number}" for number in range(CALLERS)]


def posts(key: SigningKey, *, at: Address) -> list[str]:
    """Whole requests to `POST /chunks`, the same for every contender but for the port in `host`."""
    tokens = [key.mint(tier=TIER, sub=sub) for sub in callers()]
    return [_post(tokens[n % CALLERS], body, at=at) for n, body in enumerate(bodies())]


def with_keys(requests: Sequence[str], key: str) -> list[str]:
    """The same requests, each with an Idempotency-Key, in which `DOCUMENT` is filled."""
    return [
        text.replace("\r\n\r\n", f'\r\nidempotency-key: "{key.replace(DOCUMENT, str(number))}"\r\n\r\n', 1)
        for number, text in enumerate(requests)
    ]


def bodies() -> Iterator[bytes]:
    """A chunk of each document."""
    text = (_SENTENCE * (TEXT_BYTES // len(_SENTENCE) + 1))[:TEXT_BYTES]
    for number in range(DOCUMENTS):
        yield orjson.dumps({"doc_id": f"bench-{number}", "chunk_index": 0, "text": text, "visibility": "internal"})


def _post(token: str, body: bytes, *, at: Address) -> str:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return request("POST", CHUNKS, host=at.host_header, headers=headers, body=body).decode("latin-1")
