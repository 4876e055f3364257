"""What a client is told of each of its records. A line of JSON each; made by hand where it is made most often."""

from collections.abc import Mapping
from typing import Any

import orjson

from bus.records import Receipt
from ext_proc.reply import PROBLEM_TYPES, Reply

_OURS = frozenset({"instance", "trace_id"})  # they are the request's, which its client knows


def refused(reply: Reply) -> Mapping[str, Any]:
    """The members of a receipt that says no; of a body that is not as declared, the violations alone."""
    problem: dict[str, Any] = orjson.loads(reply.body) if reply.body else {"status": reply.status}
    if "errors" in problem:
        return {"status": reply.status, "errors": problem["errors"]}
    return {name: value for name, value in problem.items() if name not in _OURS}


def too_long(longest: int) -> Mapping[str, Any]:
    """The members of a receipt for a record that is longer than is taken."""
    return {
        "type": PROBLEM_TYPES + "too-large",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"A line has at most {longest} bytes.",
    }


class Receipts:
    """Writes receipts under one name of what is counted: `line` in uploads, `index` in arrays."""

    def __init__(self, *, counted: str, topic: str) -> None:
        self._counted = counted
        start = b'{"' + counted.encode() + b'":%d,"status":202,"topic":' + orjson.dumps(topic).replace(b"%", b"%%")
        self._accepted = start + b',"partition":%d,"offset":%d}'
        self._replayed = start + b',"partition":%d,"offset":%d,"replayed":true}'

    def accepted(self, number: int, receipt: Receipt) -> bytes:
        """Of a record that all in-sync replicas hold."""
        return self._accepted % (number, receipt.partition, receipt.offset)

    def replayed(self, number: int, *, partition: int, offset: int) -> bytes:
        """Of one that was stored before, under the same Idempotency-Key."""
        return self._replayed % (number, partition, offset)

    def refused(self, number: int, members: Mapping[str, Any]) -> bytes:
        """Of one that was not stored."""
        return orjson.dumps({self._counted: number, **members})
