"""The same events as one JSON object a line: `{"id": ..., "event": ..., "data": ...}`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

import orjson

from ext_proc.results.format.frame import HEADERS
from ext_proc.results.format.sse import MESSAGE

_LINE_END = re.compile(rb"[\r\n]")


class Ndjson:
    """As `Format`. Where events are not `named`, all are called `message`."""

    headers: ClassVar[Mapping[str, str]] = {"content-type": "application/x-ndjson", **HEADERS}
    ping: ClassVar[bytes] = b"\n"
    end: ClassVar[bytes] = b"}\n"

    def __init__(self, *, named: bool) -> None:
        self._named = named

    def begin(self, retry: float) -> bytes:
        """An empty line: this format has no word for how long to wait."""
        return self.ping

    def place(self, id: str) -> bytes:  # noqa: A002 - the member's name in the format
        """As `Format`."""
        return b'{"id":"%s",' % id.encode()

    def name(self, event: str) -> bytes:
        """As `Format`."""
        return _name(event if self._named else MESSAGE)

    def own_name(self, event: str) -> bytes:
        """As `Format`."""
        return _name(event)

    def data(self, value: bytes) -> bytes:
        """The value as it is where it is JSON, which keeps its numbers exact; else as a string."""
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError:
            return orjson.dumps(value.decode("utf-8", "replace"))
        # In JSON a raw line end can only stand between tokens, where a space says the same.
        return _LINE_END.sub(b" ", value) if b"\n" in value or b"\r" in value else value

    def mark(self, id: str) -> bytes:  # noqa: A002 - as above
        """As `Format`: an object with an id and nothing else."""
        return b'{"id":"%s"}\n' % id.encode()


@lru_cache(maxsize=64)
def _name(event: str) -> bytes:
    return b'"event":%s,"data":' % orjson.dumps(event or MESSAGE)


NAMED, UNNAMED = Ndjson(named=True), Ndjson(named=False)
