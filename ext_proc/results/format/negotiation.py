"""Which format a client wants, by its `Accept` (RFC 9110, 12.5.1). Where it has no preference, Server-Sent Events."""

import re

from ext_proc.results.format import ndjson, sse
from ext_proc.results.format.frame import Format

_SSE = "text/event-stream"
_NDJSON = "application/x-ndjson"
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def chosen(accept: str, *, named: bool) -> Format:
    """The format for a client that sends that header; `named` says whether events carry their names."""
    if _quality(accept, _NDJSON) > _quality(accept, _SSE):
        return ndjson.NAMED if named else ndjson.UNNAMED
    return sse.NAMED if named else sse.UNNAMED


def _quality(accept: str, media_type: str) -> float:
    """How much the client likes the type: by the most specific range that covers it; 0 where none does."""
    ranges = {media_type: 2, f"{media_type.partition('/')[0]}/*": 1, "*/*": 0}
    covering = [(ranges[name], quality) for name, quality in map(_range, accept.split(",")) if name in ranges]
    return max(covering, default=(0, 0.0))[1]


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    given = next((value for part in parameters for key, _, value in [part.partition("=")] if key == "q"), "1")
    return name, float(given) if _QUALITY.fullmatch(given) else 0.0
