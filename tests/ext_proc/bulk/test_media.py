"""What counts as an upload."""

import pytest

from ext_proc.bulk.media import is_upload


@pytest.mark.parametrize(
    ("content_type", "upload"),
    [
        ("application/x-ndjson", True),
        ("Application/X-NDJSON; charset=utf-8", True),
        ("application/x-ndjson ;x=y", True),
        ("application/json", False),
        ("application/x-ndjsonx", False),
        ("text/plain, application/x-ndjson", False),
        ("application/x-ndjson,application/json", False),
        ("", False),
    ],
)
def test_the_media_type_decides(content_type: str, *, upload: bool) -> None:
    """In any case and with any parameters, and no other."""
    assert is_upload(content_type) is upload
