"""What Envoy tells the processor of a POST: two messages, as its external processing filter sends them."""

import random
from itertools import islice

from google.protobuf.struct_pb2 import Struct

from bench.body import CHUNKS, DOCUMENTS, bodies
from ext_proc.wire import JWT_KEY, JWT_NAMESPACE
from proto.generated import ext_proc_pb2 as pb

ISSUER = "https://auth.sluice.example"
SCOPE = "proxy:publish proxy:stream"


def asking(sub: str, *, tier: str, number: int) -> tuple[bytes, bytes]:
    """The headers and the body of a request; each has the token's claims, in an order of its own, as Envoy's maps have."""
    body = next(islice(bodies(), number % DOCUMENTS, None))
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": sub,
        "aud": "https://api.sluice.example",
        "tier": tier,
        "scope": SCOPE,
    }
    claims |= {"iat": 1700000000.0 + number, "exp": 4102444800.0}
    headers = {
        ":authority": "127.0.0.1:8080",
        ":path": CHUNKS,
        ":method": "POST",
        ":scheme": "http",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-gateway-time": str(1700000000000 + number),
        "x-forwarded-for": "192.0.2.2",
        "x-forwarded-proto": "http",
        "x-request-id": f"63ed5d29-d8c0-47d7-bd78-{number:012x}",
    }
    pairs = [pb.HeaderValue(key=name, raw_value=value.encode()) for name, value in headers.items()]
    first = pb.ProcessingRequest(
        request_headers=pb.HttpHeaders(headers=pb.HeaderMap(headers=pairs)), metadata_context=_metadata(claims)
    )
    second = pb.ProcessingRequest(
        request_body=pb.HttpBody(body=body, end_of_stream=True), metadata_context=_metadata(claims)
    )
    return first.SerializeToString(), second.SerializeToString()


def _metadata(claims: dict[str, object]) -> pb.Metadata:
    members: list[bytes] = []
    for name in random.sample(sorted(claims), len(claims)):
        one = Struct()
        one.update({name: claims[name]})  # type: ignore[dict-item]
        members += pb.Members.FromString(one.SerializeToString()).members
    found = pb.Metadatum(fields={JWT_KEY: pb.Found(object=pb.Members(members=members))})
    return pb.Metadata(filter_metadata={JWT_NAMESPACE: found.SerializeToString()})
