"""Numbers as Kafka's records have them: zigzag, then seven bits a byte.

https://kafka.apache.org/documentation/#recordbatch
"""


def varint(number: int) -> bytes:
    """A signed number; most are lengths, and small."""
    return _SMALL[number] if 0 <= number < _KEPT else _groups(number << 1 if number >= 0 else ~number << 1 | 1)


def unsigned(number: int) -> bytes:
    """A number that is not negative, as the protocol has lengths, without the zigzag."""
    return _groups(number)


def _groups(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


_KEPT = 2048
_SMALL = [_groups(number << 1) for number in range(_KEPT)]
