"""What a route takes in bulk: one record a line as it comes, or an array of records."""

from pydantic import Field, PositiveInt

from runtime.settings.base import Section


class BulkSettings(Section):
    """A route that has this takes `application/x-ndjson` of any length, and JSON arrays below its body cap."""

    max_line_bytes: PositiveInt = 65536
    """A longer line is 413, alone."""

    in_flight: PositiveInt = 1000
    """Lines of one upload whose receipts its client has not taken yet; past it nothing more is read of it."""

    in_flight_bytes: PositiveInt = 4 * 1024 * 1024
    """The same in bytes of these lines."""

    array: PositiveInt = 1000
    """Records in one JSON array; more are 400."""

    mark: int = Field(default=1000, ge=1, le=10_000)
    """Lines, of an upload with an Idempotency-Key, after which it is written down how far it is; at most 1 MiB of them."""

    idle: float = Field(default=60.0, gt=0)
    """Seconds that a client may neither send nor take its receipts; past it the upload ends."""

    uploads: PositiveInt = 256
    """Uploads at once in one process; past it 503."""
