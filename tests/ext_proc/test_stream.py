"""A stream answers message by message, and never lets anything through by mistake."""

import pytest

from ext_proc.stream import Stream, refuse_busy
from ext_proc.wire import Malformed
from proto.generated import ext_proc_pb2 as pb
from tests.fixtures.processor import JSON, Processor, body_message, headers_message, outcome


def stream_of(processor: Processor) -> Stream:
    """A fresh stream."""
    return Stream(router=processor.router, metrics=processor.metrics)


async def test_an_unknown_route_is_404(processor: Processor) -> None:
    """Envoy and the processor agree on routes; where they did not, the processor refuses."""
    answer = await processor.ask("GET", "/nowhere?access_token=secret")
    assert answer.status == 404
    assert answer.document["instance"] == "/nowhere"
    assert answer.details == "gw_not_found"


async def test_headers_wait_for_their_body(processor: Processor) -> None:
    """While the body is to come nothing is decided and nothing is set."""
    stream = stream_of(processor)
    reply = await stream.receive(headers_message("POST", "/queries", headers=JSON))
    assert outcome(reply) is None
    assert not stream.ended


@pytest.mark.parametrize(
    "messages",
    [
        [b"\xff\xff"],
        [b""],
        [body_message(b"{}")],
        [headers_message("POST", "/queries", headers=JSON), headers_message("POST", "/queries", headers=JSON)],
        [headers_message("GET", "/nowhere"), body_message(b"{}")],
        [pb.ProcessingRequest(response_body=pb.HttpBody()).SerializeToString()],
    ],
)
async def test_what_is_out_of_order_is_refused(processor: Processor, messages: list[bytes]) -> None:
    """A message that has no place raises, so that the transport ends the stream and Envoy fails closed."""
    stream = stream_of(processor)
    for message in messages[:-1]:
        await stream.receive(message)
    with pytest.raises(Malformed):
        await stream.receive(messages[-1])


async def test_repeated_headers_are_joined(processor: Processor) -> None:
    """Two content types are neither of them."""
    request = pb.ProcessingRequest.FromString(headers_message("POST", "/queries", headers=JSON))
    request.request_headers.headers.headers.add(key="content-type", value="text/plain")
    answer = outcome(await stream_of(processor).receive(request.SerializeToString()))
    assert answer is not None
    assert answer.status == 415


async def test_requests_are_counted(processor: Processor) -> None:
    """Route, method, code and tier are labels; a path that is no route adds none."""
    await processor.ask("POST", "/queries", {"question": "Why?"})
    await processor.ask("BREW", "/tea")
    page = processor.registry.page().decode()
    assert 'gateway_requests_total{code="202",method="POST",route="queries",tier="free"} 1.0' in page
    assert 'gateway_requests_total{code="404",method="other",route="none",tier="none"} 1.0' in page


def test_a_full_processor_says_when_to_come_back() -> None:
    """The refusal is a problem with Retry-After."""
    answer = outcome(refuse_busy())
    assert answer is not None
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
