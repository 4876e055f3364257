"""Where many records lie, in few bytes: a thousand that were written together take about one kB."""

import base64
import zlib
from collections.abc import Sequence

import orjson

from schemas.errors import Malformed

_NONE = -1
_LARGEST = 1024 * 1024  # bytes when unpacked; ten thousand places take less

Places = Sequence[tuple[int, int] | None]


def pack(places: Places) -> str:
    """Partitions and offsets as text; an offset is told by its distance from the one before it in its partition."""
    last: dict[int, int] = {}
    partitions, steps = [], []
    for place in places:
        partitions.append(_NONE if place is None else place[0])
        if place is not None:
            partition, offset = place
            steps.append(offset - last.get(partition, 0))
            last[partition] = offset
    return base64.b64encode(zlib.compress(orjson.dumps([partitions, steps]), 1)).decode()


def unpack(text: str) -> list[tuple[int, int] | None]:
    """What was packed.

    Raises:
        Malformed: The text is not as `pack` makes it.
    """
    try:
        inflating = zlib.decompressobj()
        partitions, steps = orjson.loads(inflating.decompress(base64.b64decode(text), _LARGEST))
        return _places(partitions, steps)
    except (ValueError, zlib.error, TypeError, IndexError) as error:
        raise Malformed(what="places", reason="they are not as they are packed") from error


def _places(partitions: list[int], steps: list[int]) -> list[tuple[int, int] | None]:
    last: dict[int, int] = {}
    places: list[tuple[int, int] | None] = []
    following = iter(steps)
    for partition in partitions:
        if partition == _NONE:
            places.append(None)
            continue
        last[partition] = last.get(partition, 0) + next(following, 0)
        places.append((partition, last[partition]))
    return places
