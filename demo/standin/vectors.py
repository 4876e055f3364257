"""Texts as vectors without a model: each word's stem is hashed to a place and a sign."""

import base64
import math
import struct
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from demo.standin.words import words


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of unit length, the same for the same words; texts that share words are near each other."""
    sums = [0.0] * dimensions
    for stem, count in Counter(words(text) or [text]).items():
        digest = int.from_bytes(blake2b(stem.encode("utf-8", "replace"), digest_size=8).digest())
        sums[(digest >> 1) % dimensions] += math.sqrt(count) * (1 if digest & 1 else -1)
    length = math.hypot(*sums) or 1.0
    return [component / length for component in sums]


def packed(numbers: Sequence[float]) -> str:
    """The numbers as base64 of little-endian float32, as `encoding_format: base64` has them."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
