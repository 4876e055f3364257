"""Another gateway is sent what its own clients would send it."""

import os

import pytest

from bench.address import Address
from bench.errors import Unmeasured
from bench.other.contender import Asking, posting, streaming
from bench.other.plan import Plan

HERE = {f"process {os.getpid()}": os.getpid()}
PLAN = Plan(
    post="https://here:7143/chunks?a=b",
    sse="http://here/results/{key}?x=y",
    pids=(os.getpid(),),
    token="secret",
    body=b"\xc3\xa4",
    topic="results",
    owner="alice",
)


def test_posting() -> None:
    """The body is sent byte for byte, and any status of success is one."""
    found = posting(PLAN)
    head, _, body = found.requests[0].encode("latin-1").partition(b"\r\n\r\n")
    assert b"POST /chunks?a=b HTTP/1.1\r\nhost: here:7143\r\nauthorization: Bearer secret\r\n" in head
    assert (PLAN.body, HERE) == (body, found.pids)
    assert {"200", "202", "204"} <= found.accepts
    assert "304" not in found.accepts


async def test_asking() -> None:
    """Each stream has a key of its own, under which events are written for its owner."""
    first, second = await Asking(PLAN).ask(2)
    assert first.key.value != second.key.value
    assert f"GET /results/{first.key.value}?x=y HTTP/1.1" in first.request
    assert "alice" == first.key.owner
    assert Address(host="here", port=80) == streaming(PLAN).at
    assert "at here:7143" == streaming(PLAN).name == posting(PLAN).name


async def test_one_key_for_all() -> None:
    """A URL without a place for a key is the same in each, and its last step is the key."""
    (only,) = await Asking(Plan(sse="http://here/results/mine", pids=PLAN.pids)).ask(1)
    assert "mine" == only.key.value
    assert "authorization" not in only.request


def test_a_process_that_is_gone() -> None:
    """What does not run costs nothing, which is no figure."""
    gone = 2**22 - 1  # past the highest that Linux gives by default
    with pytest.raises(Unmeasured, match=f"no process {gone}"):
        posting(Plan(post="http://here", pids=(gone,)))
