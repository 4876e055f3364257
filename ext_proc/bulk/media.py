"""Which media type makes a request an upload. Envoy routes by it and the processor decides by it, so it is said once."""

import re

NDJSON = "application/x-ndjson"

PATTERN = r"(?i)[ \t]*application/x-ndjson[ \t]*(;.*)?"
"""For the whole of the header (RE2 and Python alike)."""

_UPLOAD = re.compile(PATTERN, re.DOTALL)


def is_upload(content_type: str) -> bool:
    """Whether a body of that type is judged line by line."""
    return _UPLOAD.fullmatch(content_type) is not None
