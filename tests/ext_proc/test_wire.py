"""Envoy's messages become values of ours."""

from itertools import permutations

import pytest
from google.protobuf.struct_pb2 import Struct

from ext_proc import wire
from proto.generated import ext_proc_pb2 as pb
from tests.fixtures.processor import headers_message


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "alice", "exp": 4102444800.5, "admin": False, "nothing": None},
        {"realm": {"tier": "free", "roles": ["a", {"b": [1.0, True]}]}, "list": []},
    ],
)
def test_claims_arrive_as_json(claims: dict[str, object]) -> None:
    """Every kind of value that a token may hold, nested as it was."""
    message = wire.parse(headers_message("GET", "/", claims=claims))
    assert isinstance(message, wire.RequestHeaders)
    assert dict(message.claims) == claims


def in_that_order(claims: dict[str, object], names: tuple[str, ...]) -> wire.RequestHeaders:
    """A message with the claims in that order; Envoy holds them in a map, whose order changes from message to message."""
    members: list[bytes] = []
    for name in names:
        struct = Struct()
        struct.update({name: claims[name]})  # type: ignore[dict-item]
        members += pb.Members.FromString(struct.SerializeToString()).members
    found = pb.Metadatum(fields={wire.JWT_KEY: pb.Found(object=pb.Members(members=members))})
    request = pb.ProcessingRequest.FromString(headers_message("GET", "/", claims={}))
    request.metadata_context.filter_metadata[wire.JWT_NAMESPACE] = found.SerializeToString()
    message = wire.parse(request.SerializeToString())
    assert isinstance(message, wire.RequestHeaders)
    return message


def test_a_token_is_known_again_in_any_order() -> None:
    """The order of its claims says nothing, so that what is kept by token is found again."""
    claims: dict[str, object] = {"iss": "a", "sub": "alice", "roles": ["a", "b"]}
    messages = [in_that_order(claims, names) for names in permutations(claims)]
    assert len({message.token for message in messages}) == 1
    assert all(message.claims == claims for message in messages)


@pytest.mark.parametrize("other", [{"sub": "bob"}, {"iss": "b"}, {"exp": 2.0}, {"more": None}])
def test_another_token_is_another(other: dict[str, object]) -> None:
    """A subject, an issuer or an expiry that differs makes a token of its own, with its own claims."""
    claims: dict[str, object] = {"iss": "a", "sub": "alice", "exp": 1.0}
    changed = claims | other
    one, two = in_that_order(claims, tuple(claims)), in_that_order(changed, tuple(changed))
    assert one.token != two.token
    assert (dict(one.claims), dict(two.claims)) == (claims, changed)


def test_without_a_token_there_are_no_claims() -> None:
    """Envoy sends no metadata then."""
    message = wire.parse(pb.ProcessingRequest(request_headers=pb.HttpHeaders()).SerializeToString())
    assert isinstance(message, wire.RequestHeaders)
    assert (dict(message.claims), message.token, message.ticket, message.cookie) == ({}, frozenset(), "", "")


def test_headers_are_text_whatever_they_hold() -> None:
    """What is no UTF-8 is replaced, a value without bytes is taken from the older field, and repeated ones are joined."""
    pairs = [
        pb.HeaderValue(key="x-bad", raw_value=b"a\xffb"),
        pb.HeaderValue(key="x-old", value="old"),
        pb.HeaderValue(key="x-empty"),
        pb.HeaderValue(key="x-two", raw_value=b"1"),
        pb.HeaderValue(key="x-two", raw_value=b"2"),
    ]
    expected = {"x-bad": "a\ufffdb", "x-old": "old", "x-empty": "", "x-two": "1,2"}
    headers = pb.HttpHeaders(headers=pb.HeaderMap(headers=pairs))
    message = wire.parse(pb.ProcessingRequest(request_headers=headers).SerializeToString())
    assert isinstance(message, wire.RequestHeaders)
    assert message.headers == expected


def test_credentials_are_texts() -> None:
    """A ticket and a cookie as they came; what is no text is none."""
    message = wire.parse(headers_message("GET", "/", credentials={"ticket": "t", "cookie": "c"}))
    assert isinstance(message, wire.RequestHeaders)
    assert (message.ticket, message.cookie) == ("t", "c")
