"""What the gateway answers to an upload."""

from collections.abc import AsyncIterator

import pytest

from demo.load.errors import Unreadable
from demo.load.receipts import Ended, receipts

ONE = b'{"line":1,"status":202,"topic":"t","partition":0,"offset":5}\n'
TWO = b'{"line":2,"status":400,"errors":[{"pointer":"#/text","detail":"is too long"}]}\n'


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def test_receipts_come_as_they_come() -> None:
    """However their bytes are cut; what came together is told together."""
    whole = ONE + TWO
    for cut in range(len(whole) + 1):
        found = [one async for some in receipts(pieces(whole[:cut], whole[cut:])) for one in some]
        assert [(one.line, one.is_taken) for one in found] == [(1, True), (2, False)]
    assert [len(some) async for some in receipts(pieces(whole))] == [2]
    assert found[1].reason == "refused with 400: #/text is too long"


async def test_what_came_before_the_end_counts() -> None:
    """Also where all of it came at once."""
    end = b'{"status":503,"title":"Kafka is away","resume_from":2}\n'
    coming = receipts(pieces(ONE + end))
    assert [one.line for one in await anext(coming)] == [1]
    with pytest.raises(Ended, match="the upload was refused with 503: Kafka is away"):
        await anext(coming)


async def test_an_end_without_a_status_is_one() -> None:
    """Whatever it is, nothing more is taken."""
    with pytest.raises(Ended, match="500"):
        async for _ in receipts(pieces(b'{"oh":"no"}\n')):
            pass


@pytest.mark.parametrize(
    "said", [b"<html>\n", b"[]\n", b"x" * 1024 * 1024 + b"x"], ids=["HTML", "no object", "endless"]
)
async def test_something_else_is_named(said: bytes) -> None:
    """It may be any server."""
    with pytest.raises(Unreadable, match="a receipt for line 1 but with b'"):
        async for _ in receipts(pieces(said)):
            pass
