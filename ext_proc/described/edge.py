"""What Envoy answers by itself on a declared route, whatever its plugins are."""

from collections.abc import Iterator

from ext_proc.described.answers import CHALLENGE, RETRY
from ext_proc.described.part import Answer
from ext_proc.described.parts import Told
from runtime.settings.gateway import Gateway

ELSEWHERE = frozenset({"not-found", "method-not-allowed", "uri-too-long", "upgrade-required", "forbidden", "gateway"})
"""Problems of Envoy's that belong to no declared route, or to no request that a client of HTTP makes by itself."""


def edge_answers(told: Told, gateway: Gateway) -> Iterator[Answer]:
    """Its answers; `envoy.problems` has them in its own words."""
    yield Answer.problem(400, "bad-request", "The request is not valid HTTP, or has a header that is not accepted.")
    yield Answer.problem(401, "unauthorized", "There is no good token.", headers=CHALLENGE)
    yield Answer.problem(408, "timeout", "The request did not arrive in time.")
    yield Answer.problem(413, "too-large", f"The body has more than {_cap(told, gateway)} bytes.")
    if told.route.limited:
        yield Answer.problem(429, "rate-limited", "The caller's rate is used up.", headers=RETRY)
    yield Answer.problem(431, "headers-too-large", "The headers are over the limit.")
    yield Answer.problem(500, "internal", "A fault of the gateway's; its log has it under the trace id.")
    yield Answer.problem(503, "processor-unavailable", "The request could not be processed now.", headers=RETRY)
    yield Answer.problem(503, "upstream-unavailable", "What would answer cannot be reached now.", headers=RETRY)
    yield Answer.problem(503, "keys-unavailable", "Tokens cannot be verified now.", headers=RETRY)


def _cap(told: Told, gateway: Gateway) -> int:
    return told.route.max_body_bytes or gateway.edge.max_body_bytes
