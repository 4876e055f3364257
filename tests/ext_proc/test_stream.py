"""A stream answers message by message, and never lets anything through by mistake."""

import pytest

from ext_proc.stream import Stream, refuse_busy
from ext_proc.wire import Malformed
from proto.generated import ext_proc_pb2 as pb
from tests.fixtures.processor import CLAIMS, JSON, Processor, body_message, headers_message, outcome, processor_for
from tests.fixtures.settings import changed, declared


def stream_of(processor: Processor) -> Stream:
    """A fresh stream."""
    return Stream(router=processor.router, metrics=processor.metrics, clock=processor.services.clock)


async def test_an_unknown_route_is_404(processor: Processor) -> None:
    """Envoy and the processor agree on routes; where they did not, the processor refuses."""
    answer = await processor.ask("GET", "/nowhere?access_token=secret")
    assert answer.status == 404
    assert answer.document["instance"] == "/nowhere"
    assert answer.details == "gw_not_found"


async def test_headers_wait_for_their_body(processor: Processor) -> None:
    """While the body is to come nothing is decided and nothing is set."""
    stream = stream_of(processor)
    assert await stream.receive(headers_message("POST", "/queries", headers=JSON)) == ()
    assert not stream.ended


async def test_a_body_may_come_in_pieces(processor: Processor) -> None:
    """It is whole when it ends, or when it has the length that Envoy states, as for a request with trailers."""
    for headers, ending in ((JSON, True), ({**JSON, "content-length": "16"}, False)):
        stream = stream_of(processor)
        await stream.receive(headers_message("POST", "/queries", headers=headers))
        assert await stream.receive(body_message(b'{"questi', end_of_stream=False)) == ()
        answer = outcome(await stream.receive(body_message(b'on":"a"}', end_of_stream=ending)))
        assert answer is not None
        assert answer.status == 202


async def test_a_request_asked_twice_is_one_request(processor: Processor) -> None:
    """Envoy asks again elsewhere when a processor dies: both records have one key, one id and one time."""
    headers = {**JSON, "x-request-id": "4a6bd0ad-8cc4-4b6b-9d3b-0d0d6a5f0c11", "x-gateway-time": "1700000000000"}
    answers = [await processor.ask("POST", "/queries", {"question": "a"}, headers=headers) for _ in range(2)]
    one, two = await processor.records("rag.queries")
    assert answers[0].document["query_id"] == answers[1].document["query_id"]
    assert (one.key, one.value, one.headers) == (two.key, two.value, two.headers)


async def test_a_body_that_goes_on_is_let_go_on(processor: Processor) -> None:
    """A chain that reads the body and then goes upstream answers the headers and every piece of the body."""
    text = changed("      - results: {topic", "      - schema: {document: query}\n      - results: {topic")
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    stream = stream_of(other)
    await stream.receive(headers_message("GET", "/results/q1", headers=JSON))
    await stream.receive(body_message(b'{"questi', end_of_stream=False))
    replies = await stream.receive(body_message(b'on":"a"}'))
    kinds = [pb.ProcessingResponse.FromString(reply).WhichOneof("response") for reply in replies]
    assert kinds == ["request_headers", "request_body", "request_body"]


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
    answer = outcome([refuse_busy()])
    assert answer is not None
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("method", "path", "body", "claims", "status"),
    [
        ("POST", "/queries", b"{", CLAIMS, 400),
        ("POST", "/queries", b'{"question": "a"}', {}, 401),
        ("POST", "/queries", b'{"question": "a"}', {**CLAIMS, "scope": ""}, 403),
        ("GET", "/results/a.b", None, CLAIMS, 404),
    ],
)
async def test_a_bare_route_answers_errors_without_a_body(
    processor: Processor, method: str, path: str, body: bytes | None, claims: dict[str, object], status: int
) -> None:
    """Status and headers stay; the problem and its type are left out. Where there is no error nothing is different."""
    text = changed("    bulk: {}\n", "").replace("    plugins:", "    profile: zilla\n    plugins:")
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    answer = await other.ask(method, path, body, claims=claims)
    native = await processor.ask(method, path, body, claims=claims)
    kept = {name: value for name, value in native.headers.items() if name != "content-type"}
    assert (native.status, answer.status, answer.body, answer.headers) == (status, status, b"", kept)
    assert (await other.ask("POST", "/queries", {"question": "a"})).document["status"] == "queued"


async def test_the_results_server_is_told_of_a_bare_route(processor: Processor) -> None:
    """It answers errors as the rest of the route does; a client's own header of that name never gets so far."""
    text = changed("    bulk: {}\n", "").replace("    plugins:", "    profile: zilla\n    plugins:")
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    told = [(await each.ask("GET", "/results/q1")).headers.get("x-gateway-bare") for each in (other, processor)]
    assert told == ["1", None]
