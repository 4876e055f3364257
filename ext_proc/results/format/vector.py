"""Event ids of a whole topic: one place in each of its partitions, `v2.<base64url>`. Opaque to clients.

The text holds, packed, how many partitions there are, the least of their offsets, and by how much each exceeds it,
all in as many bits as the largest excess needs. So it is exact, and every replica reads it without knowing its writer.
An offset here is that of the next record, so that 0 is the beginning of a partition.

| partitions | their offsets lie within | bytes, at most |
|---|---|---|
| 1 | | 16 |
| 6 | 1000 | 28 |
| 64 | 1000 | 124 |
| 64 | 100 000 | 200 |
| 64 | 1 000 000 | 240 |
| 64 | anything | 690 |
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

_FORM = re.compile(r"v2\.([A-Za-z0-9_-]+)")
_MAX_OFFSET = 2**63 - 1
_MAX_WIDTH = 63
_MAX_PARTITIONS = 10_000
_GROUP = 8  # offsets, which fill whole bytes
_STANDING = 256  # places that are kept encoded: live readers stand at few, and many at each


@dataclass(frozen=True, slots=True)
class Vector:
    """The next offset of each partition, by its number; never none."""

    offsets: tuple[int, ...]

    def __str__(self) -> str:
        """As clients see it."""
        return encode(self.offsets)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id that `text` is, or `None` where it is not exactly one."""
        match = _FORM.fullmatch(text)
        offsets = _decoded(match[1]) if match else None
        # One place has one text: what would be written otherwise was never written by us.
        return cls(offsets) if offsets and _packed(offsets) == text else None


@lru_cache(maxsize=_STANDING)
def encode(offsets: tuple[int, ...]) -> str:
    """The id of a place; remembered for the many who stand there."""
    return _packed(offsets)


def _packed(offsets: Sequence[int]) -> str:
    least = min(offsets)
    width = (max(offsets) - least).bit_length()
    # Eight at a time, which are `width` bytes: shifting one integer of all would take time by the square of their number.
    packed = [_eight(offsets[at : at + _GROUP], least, width) for at in range(0, len(offsets), _GROUP)]
    head = bytes([*_varint(len(offsets)), *_varint(least), width])
    return "v2." + base64.urlsafe_b64encode(head + b"".join(packed)).rstrip(b"=").decode()


def _eight(offsets: Sequence[int], least: int, width: int) -> bytes:
    bits = 0
    for offset in reversed(offsets):
        bits = bits << width | offset - least
    return bits.to_bytes(width, "little")


def _decoded(text: str) -> tuple[int, ...] | None:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        count, at = _number(data, 0)
        least, at = _number(data, at)
        width, packed = data[at], data[at + 1 :]
    except (binascii.Error, IndexError):
        return None
    if not 0 < count <= _MAX_PARTITIONS or width > _MAX_WIDTH or len(packed) != -(-count // _GROUP) * width:
        return None
    groups = [int.from_bytes(packed[at : at + width], "little") for at in range(0, len(packed), width or 1)]
    mask = (1 << width) - 1
    excesses = [groups[number // _GROUP] >> number % _GROUP * width & mask if width else 0 for number in range(count)]
    offsets = tuple(least + excess for excess in excesses)
    return offsets if max(offsets) <= _MAX_OFFSET else None


def _varint(number: int) -> bytes:
    """Seven bits a byte, the least first; the high bit says that more follow (as in protobuf)."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The varint that begins at `at`, and where the next part begins."""
    number = shift = 0
    while data[at] & 0x80 and shift < _MAX_WIDTH:  # a longer one is none of ours
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1
