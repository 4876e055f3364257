"""Envoy's messages as bytes on one side, our own values on the other; the only user of the generated code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct, Value

from ext_proc.reply import Reply
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
_CLAIMS_KEPT = 4096


class Malformed(Exception):
    """The peer sent what is not a ProcessingRequest, or one that does not belong here."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHeaders:
    """The first message of a stream."""

    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    end_of_stream: bool
    ticket: str = ""
    cookie: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
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
    except DecodeError as error:
        raise Malformed("not a ProcessingRequest") from error
    kind = request.WhichOneof("request")
    if kind == "request_headers":
        metadata = request.metadata_context.filter_metadata
        return RequestHeaders(
            headers=_headers(request.request_headers.headers.headers),
            claims=_claims(metadata.get(JWT_NAMESPACE, b"")),
            **_credentials(metadata.get(NAMESPACE, b"")),
            end_of_stream=request.request_headers.end_of_stream,
        )
    if kind == "request_body":
        return RequestBody(body=request.request_body.body, end_of_stream=request.request_body.end_of_stream)
    raise Malformed(f"unexpected message {kind}")


def go_on(*, after: type[RequestHeaders | RequestBody], headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Lets the request go on, with `headers` set on it."""
    common = pb.CommonResponse(header_mutation=_mutation(headers))
    if after is RequestBody:
        return pb.ProcessingResponse(request_body=pb.BodyResponse(response=common)).SerializeToString()
    return pb.ProcessingResponse(request_headers=pb.HeadersResponse(response=common)).SerializeToString()


def answer(reply: Reply) -> bytes:
    """Answers the client. `details` tells our answers from Envoy's own in its access log and error pages."""
    immediate = pb.ImmediateResponse(
        status=pb.HttpStatus(code=reply.status),
        headers=_mutation(reply.headers),
        body=reply.body,
        details="gw_" + reply.reason.replace("-", "_"),
    )
    return pb.ProcessingResponse(immediate_response=immediate).SerializeToString()


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


def _headers(pairs: Iterable[pb.HeaderValue]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for pair in pairs:
        key, value = pair.key, pair.raw_value.decode("utf-8", "replace") or pair.value
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers


@lru_cache(maxsize=_CLAIMS_KEPT)
def _claims(metadata: bytes) -> Mapping[str, Any]:
    """The token's payload; a caller who comes again with the same token is not parsed again."""
    if not metadata:
        return MappingProxyType({})
    payload = Struct.FromString(metadata).fields[JWT_KEY]
    return MappingProxyType(_members(payload.struct_value))


def _credentials(metadata: bytes) -> dict[str, str]:
    if not metadata:
        return {}
    fields = Struct.FromString(metadata).fields
    return {name: fields[name].string_value for name in (TICKET_KEY, COOKIE_KEY)}


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
