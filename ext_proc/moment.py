"""Times as clients write them: milliseconds since the epoch, or ISO 8601."""

from datetime import UTC, datetime

LATEST = 253_402_300_799_999  # the last millisecond of the year 9999


def parse(text: str) -> int | None:
    """Milliseconds since the epoch; `None` where `text` is no time from 1970 to 9999. Without an offset it is UTC."""
    moment = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LATEST)) + 1 else _iso(text)
    return moment if moment is not None and 0 <= moment <= LATEST else None


def _iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
