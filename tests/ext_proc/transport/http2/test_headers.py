"""A header block is a request, or it is known what is wrong with it."""

import pytest
from hpack import Encoder

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode
from ext_proc.transport.http2.headers import Head, HeaderBlocks, MalformedRequest, TooLarge
from tests.ext_proc.transport.http2.client import REQUEST, Fields, block

HEAD = Head(method="POST", path="/p", content_type="application/grpc")


def alone() -> HeaderBlocks:
    """The blocks of a connection whose settings are acknowledged."""
    blocks = HeaderBlocks(max_list=1000)
    blocks.stand_alone()
    return blocks


def without(name: str) -> Fields:
    """A request that lacks a field."""
    return [pair for pair in REQUEST if pair[0] != name]


def test_a_request_is_read() -> None:
    """Its method, path and content type."""
    assert HEAD == alone().request(block())


def test_the_same_bytes_are_unpacked_once() -> None:
    """The head of a block that was seen on another connection is that one."""
    assert alone().request(block()) is alone().request(block())


def test_blocks_refer_to_earlier_ones_until_the_settings_are_acknowledged() -> None:
    """And never after."""
    encoder, blocks = Encoder(), HeaderBlocks(max_list=1000)
    first, second = encoder.encode(REQUEST), encoder.encode(REQUEST)
    assert len(second) < len(first)
    assert [HEAD, HEAD] == [blocks.request(first), blocks.request(second)]
    blocks.stand_alone()
    with pytest.raises(ConnectionFailed) as raised:
        blocks.request(second)
    assert raised.value.code is ErrorCode.COMPRESSION_ERROR


@pytest.mark.parametrize(
    "fields",
    [
        without(":method"),
        without(":path"),
        without(":scheme"),
        [*without(":path"), (":path", "")],
        [*REQUEST, (":path", "/q")],
        [(":unknown", "x"), *REQUEST],
        [("a", "b"), *REQUEST],
        [*REQUEST, ("Upper", "x")],
        [*REQUEST, ("", "x")],
        [*REQUEST, ("a b", "x")],
        [*REQUEST, ("a", " x")],
        [*REQUEST, ("a", "x\r\ny")],
        [*REQUEST, ("connection", "close")],
        [*REQUEST, ("te", "gzip")],
        [*REQUEST, ("content-length", "x")],
        [*REQUEST, ("content-length", "1"), ("content-length", "2")],
    ],
)
def test_what_is_no_request_is_malformed(fields: Fields) -> None:
    """RFC 9113, sections 8.2 and 8.3."""
    with pytest.raises(MalformedRequest):
        alone().request(block(fields))


def test_trailers_have_no_pseudo_headers() -> None:
    """Section 8.1."""
    alone().trailers(block([("a", "b")]))
    with pytest.raises(MalformedRequest):
        alone().trailers(block([(":path", "/")]))


def test_a_list_past_the_bound_is_thrown_away() -> None:
    """Where blocks stand alone the connection goes on; where they do not, nobody knows the table any more."""
    long = block([*REQUEST, *(("a", "b") for _ in range(40))])
    with pytest.raises(TooLarge):
        alone().request(long)
    with pytest.raises(ConnectionFailed) as raised:
        HeaderBlocks(max_list=1000).request(long)
    assert raised.value.code is ErrorCode.ENHANCE_YOUR_CALM


@pytest.mark.parametrize("broken", [b"\x00", b"\x00\x05ab", b"\xff\xff\xff\xff\xff\xff\xff", b"\x80", b"\x3f\xe1\x1f"])
def test_what_cannot_be_read_ends_the_connection(broken: bytes) -> None:
    """COMPRESSION_ERROR, whatever the unpacker stumbles over."""
    with pytest.raises(ConnectionFailed) as raised:
        alone().request(broken)
    assert raised.value.code is ErrorCode.COMPRESSION_ERROR
