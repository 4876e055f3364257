"""Which records after the committed offset are finished too, as the note that Kafka keeps beside it.

Records of a partition finish in any order, while an offset says only where reading goes on. With the note nothing that
is finished is handled twice, whoever takes the partition over. The idea is that of Confluent's Parallel Consumer:
https://github.com/confluentinc/parallel-consumer#offset-map
"""

import base64
import binascii
import zlib
from collections.abc import Collection

LONGEST = 4000
"""Characters; a broker takes 4096 bytes (`offset.metadata.max.bytes`)."""

_VERSION = "1"
_FIRST_BITS = 1 << 17  # of a bitmap: at most 16 KiB, which only a broken note would be larger than


def encode(finished: Collection[int], *, base: int, serial: str = "") -> str:
    """The note for the offset `base`. Offsets too far behind it are left out where there is no room: they come again.

    Args:
        finished: Offsets after `base`.
        base: The offset that is committed.
        serial: Tells this commit from any other; letters, digits and hyphens.
    """
    reach = min(max(finished, default=base) - base + 1, _FIRST_BITS)
    while finished:
        text = _packed(finished, base=base, reach=reach)
        note = f"{_VERSION}.{serial}.{text}"
        if len(note) <= LONGEST:
            return note
        reach //= 2
    return f"{_VERSION}.{serial}."


def decode(note: str, *, base: int) -> frozenset[int]:
    """The finished offsets after `base`; none where the note is not one of ours, as after another tool's commit."""
    version, _, rest = note.partition(".")
    text = rest.rpartition(".")[2]
    if version != _VERSION or not text:
        return frozenset()
    try:
        unpacking = zlib.decompressobj()
        bits = unpacking.decompress(base64.urlsafe_b64decode(text), _FIRST_BITS // 8)
    except (binascii.Error, ValueError, zlib.error):
        return frozenset()
    number = int.from_bytes(bits, "little")
    return frozenset(base + at for at in range(number.bit_length()) if number >> at & 1)


def _packed(finished: Collection[int], *, base: int, reach: int) -> str:
    bits = bytearray(reach // 8 + 1)
    for offset in finished:
        at = offset - base
        if at < reach:
            bits[at >> 3] |= 1 << (at & 7)
    return base64.urlsafe_b64encode(zlib.compress(bits, level=1)).decode()
