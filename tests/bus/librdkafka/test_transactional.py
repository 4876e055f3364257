"""What a transaction takes for a member."""

import sys

import pytest
from confluent_kafka import Consumer

from bus.librdkafka.transactional import is_member


def _told(generation: int) -> bytes:
    return b"CGMDv2:" + generation.to_bytes(4, sys.byteorder, signed=True) + b"g\x00rdkafka-1\x00\x01"


@pytest.mark.parametrize(("generation", "expected"), [(0, True), (7, True), (-1, False)])
def test_who_has_no_generation_is_no_member(generation: int, expected: bool) -> None:  # noqa: FBT001 - a table
    """A broker would take offsets from nobody; so we do not offer them."""
    assert expected is is_member(_told(generation))


def test_what_cannot_be_read_is_no_member() -> None:
    """Another release may write it otherwise."""
    assert not is_member(b"CGMDv3:\x01\x00\x00\x00g\x00")


def test_librdkafka_writes_it_as_we_read_it() -> None:
    """One that has not joined says so in the same words."""
    consumer = Consumer({"bootstrap.servers": "127.0.0.1:1", "group.id": "g", "log_level": 0})
    told = consumer.consumer_group_metadata()
    consumer.close()
    assert told.startswith(_told(-1)[:13])
    assert not is_member(told)
