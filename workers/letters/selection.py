"""Which dead letters are meant."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from workers.letters.letter import Letter
from workers.letters.place import Place

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is `None` is not asked for. Times are in ms since the epoch: from `since` on, and before `until`."""

    topic: str | None = None
    reason: str | None = None
    key: str | None = None
    user: str | None = None
    tier: str | None = None
    since: int | None = None
    until: int | None = None
    places: Collection[Place] | None = None

    @property
    def everything(self) -> bool:
        """Nothing was asked for."""
        return self == Selection()

    def covers(self, partition: int) -> bool:
        """Letters of the partition may be meant."""
        return self.places is None or any(place.partition == partition for place in self.places)

    def meets(self, letter: Letter) -> bool:
        """The letter is meant."""
        record = letter.record
        found = (
            (self.topic, letter.origin.topic if letter.origin else None),
            (self.reason, letter.reason),
            (self.key, letter.key),
            (self.user, record.header("user-id")),
            (self.tier, record.header("user-tier")),
        )
        return (
            all(wanted is None or wanted == has for wanted, has in found)
            and (self.since is None or record.timestamp >= self.since)
            and (self.until is None or record.timestamp < self.until)
            and (self.places is None or letter.place in self.places)
        )


def moment(text: str, *, now_ms: int) -> int:
    """A time in ms since the epoch: `90s`, `30m`, `1h` or `2d` ago, or as ISO 8601 says, in UTC where it names no zone.

    Raises:
        ValueError: It is neither.
    """
    if ago := re.fullmatch(r"(\d{1,9})([smhd])", text):
        return now_ms - int(ago[1]) * _UNITS[ago[2]]
    found = datetime.fromisoformat(text)
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
