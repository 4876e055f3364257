"""What the processor has found out of an upload is what the server goes on with."""

import pytest

from ext_proc.bulk.admission import HEADER, Admission, NotAdmitted
from tests.ext_proc.bulk.uploads import request
from tests.fixtures.processor import JSON, Processor

UPLOAD = {"content-type": "application/x-ndjson"}


def test_an_admission_comes_back_as_it_went() -> None:
    """Through a header."""
    exchange = request()
    exchange.extra["a"], exchange.record_headers = "b", [("x", "y")]
    name, value = Admission.of(exchange).header()
    again = Admission.parse({name: value}).exchange(exchange.headers)
    assert again == exchange


@pytest.mark.parametrize("headers", [{}, {HEADER: "!"}, {HEADER: "e30="}])
def test_what_no_processor_has_written_is_refused(headers: dict[str, str]) -> None:
    """Missing, or not as it is written."""
    with pytest.raises((NotAdmitted, ValueError)):
        Admission.parse(headers)


async def test_the_headers_phase_admits_an_upload(processor: Processor) -> None:
    """With who sends it; nothing of the body comes to the processor."""
    outcome = await processor.ask("POST", "/chunks", headers=UPLOAD)
    assert outcome.status is None
    assert outcome.headers["x-gateway-verified"] == "1"
    admission = Admission.parse(outcome.headers)
    assert (admission.subject, admission.tier, admission.route) == ("alice", "free", "chunks")


async def test_who_may_not_is_refused_before_anything_is_sent(processor: Processor) -> None:
    """By the plugins of the route, as any request."""
    assert (await processor.ask("POST", "/chunks", headers=UPLOAD, claims={})).status == 401
    claims = {"iss": "https://auth.sluice.example", "sub": "a", "scope": ""}
    assert (await processor.ask("POST", "/chunks", headers=UPLOAD, claims=claims)).status == 403
    encoded = {**UPLOAD, "content-encoding": "gzip"}
    assert (await processor.ask("POST", "/chunks", headers=encoded)).status == 415


async def test_a_route_without_bulk_takes_no_upload(processor: Processor) -> None:
    """It is 415 there, and JSON goes its usual way where it is taken."""
    assert (await processor.ask("POST", "/queries", headers=UPLOAD)).status == 415
    body = {"doc_id": "a", "chunk_index": 0, "text": "t", "visibility": "public"}
    assert (await processor.ask("POST", "/chunks", body, headers=JSON)).status == 202
