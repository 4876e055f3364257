"""The partitioner agrees with the Java client's."""

import pytest

from bus.partitioner import murmur2, partition_of

# The values of Kafka's own `UtilsTest.testMurmur2`, which are signed.
VECTORS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("data", "expected"), VECTORS)
def test_murmur2_is_that_of_kafka(data: bytes, expected: int) -> None:
    """Each of Kafka's own examples hashes to the same 32 bits."""
    assert expected & 0xFFFFFFFF == murmur2(data)


@pytest.mark.parametrize(("data", "expected"), VECTORS)
def test_the_sign_is_dropped_before_the_remainder(data: bytes, expected: int) -> None:
    """The partition is the positive part of the hash, modulo the count."""
    assert (expected & 0x7FFFFFFF) % 6 == partition_of(data, 6)
