"""Envoy's messages as bytes on one side, our own values on the other; the only user of the generated code."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct, Value

from ext_proc.answering import answer as answer  # noqa: PLC0414 - what goes out stands beside what comes in
from proto.generated import ext_proc_pb2 as pb

JWT_NAMESPACE = "envoy.filters.http.jwt_authn"
JWT_KEY = "jwt"
NAMESPACE = "sluice"
TICKET_KEY, COOKIE_KEY = "ticket", "cookie"
"""Where Envoy puts the ticket of a query, and the value of our cookie of all the cookies that there may be."""

VERIFIED = ("x-gateway-verified", "1")
"""What Envoy demands before a request leaves for an upstream: only a processor that finished a chain sets it."""

BARE = ("x-gateway-bare", "1")
"""Tells an upstream of ours that errors on this route are answered without a body."""

_OVERWRITE = pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
TOKENS_KEPT = 4096
"""Of so many tokens it is remembered what they say."""

NO_TOKEN: frozenset[bytes] = frozenset()


class Malformed(Exception):
    """The peer sent what is not a ProcessingRequest, or one that does not belong here."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


Token = frozenset[bytes]
"""A verified token's claims as they came: equal for the same token, in whatever order Envoy sent them; empty for none."""


class RequestHeaders(NamedTuple):
    """The first message of a stream."""

    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    token: Token
    end_of_stream: bool
    ticket: str = ""
    cookie: str = ""


class RequestBody(NamedTuple):
    """A piece of the body; all of it, as Envoy gathers a body before it sends it."""

    body: bytes
    end_of_stream: bool


def parse(message: bytes) -> RequestHeaders | RequestBody:
    """One message of Envoy's.

    Raises:
        Malformed: It is not one that a route of ours asks for.
    """
    try:
        request = pb.ProcessingRequest.FromString(message)
        kind = request.WhichOneof("request")
        if kind == "request_body":
            return RequestBody(request.request_body.body, request.request_body.end_of_stream)
        if kind == "request_headers":
            return _request_headers(request)
    except DecodeError as error:
        raise Malformed("not a ProcessingRequest") from error
    raise Malformed(f"unexpected message {kind}")


def _request_headers(request: pb.ProcessingRequest) -> RequestHeaders:
    metadata = request.metadata_context.filter_metadata
    verified, credentials = metadata.get(JWT_NAMESPACE), metadata.get(NAMESPACE)
    token = _token(verified) if verified else NO_TOKEN
    ticket, cookie = _credentials(credentials) if credentials else ("", "")
    return RequestHeaders(
        _headers(request.request_headers.headers.headers),
        _claims(token),
        token,
        request.request_headers.end_of_stream,
        ticket,
        cookie,
    )


def go_on(*, after: type[RequestHeaders | RequestBody], headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Lets the request go on, with `headers` set on it."""
    common = pb.CommonResponse(header_mutation=_mutation(headers))
    if after is RequestBody:
        return pb.ProcessingResponse(request_body=pb.BodyResponse(response=common)).SerializeToString()
    return pb.ProcessingResponse(request_headers=pb.HeadersResponse(response=common)).SerializeToString()


def _mutation(headers: Iterable[tuple[str, str]]) -> pb.HeaderMutation:
    return pb.HeaderMutation(
        set_headers=[
            pb.HeaderValueOption(
                header=pb.HeaderValue(key=name, raw_value=value.encode()),
                append_action=_OVERWRITE,
                keep_empty_value=True,
            )
            for name, value in headers
        ]
    )


def _headers(pairs: Collection[pb.HeaderValue]) -> Mapping[str, str]:
    try:
        headers = {pair.key: pair.raw_value.decode() or pair.value for pair in pairs}
    except UnicodeDecodeError:
        return _joined(pairs)
    return headers if len(headers) == len(pairs) else _joined(pairs)


def _joined(pairs: Iterable[pb.HeaderValue]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for pair in pairs:
        key, value = pair.key, pair.raw_value.decode("utf-8", "replace") or pair.value
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers


def _token(metadata: bytes) -> Token:
    return frozenset(pb.Metadatum.FromString(metadata).fields[JWT_KEY].object.members)


@lru_cache(maxsize=TOKENS_KEPT)
def _claims(token: Token) -> Mapping[str, Any]:
    """The token's payload; a caller who comes again with the same token is not parsed again."""
    payload = Struct.FromString(pb.Members(members=token).SerializeToString())
    return MappingProxyType(_members(payload))


def _credentials(metadata: bytes) -> tuple[str, str]:
    fields = pb.Metadatum.FromString(metadata).fields
    return fields[TICKET_KEY].text, fields[COOKIE_KEY].text


def _members(struct: Struct) -> dict[str, Any]:
    return {name: _plain(value) for name, value in struct.fields.items()}


def _plain(value: Value) -> Any:
    """A protobuf value as JSON has it; by hand, because `MessageToDict` costs several times as much."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _members(value.struct_value)
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    return None if kind in {None, "null_value"} else getattr(value, kind)
