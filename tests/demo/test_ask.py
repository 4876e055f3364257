"""Asking from another terminal."""

import asyncio
from pathlib import Path

import orjson
import pytest

from demo.ask import ask
from demo.errors import Refused
from demo.place import Place
from tests.demo.conftest import Says, Scripted

ACCEPTED = Says(status=202, body=b'{"query_id":"q1"}')
DONE = {"model": None, "latency_ms": 1, "token_usage": {"total_tokens": 0}}


def stream(name: str, data: object) -> Says:
    head = b'retry: 1\n\nevent: delta\nid: 1\ndata: {"text":"Hi."}\n\n'
    return Says(body=head + b"event: %s\nid: 2\ndata: %s\n\n" % (name.encode(), orjson.dumps(data)))


@pytest.mark.parametrize(
    ("last", "fine"), [(stream("done", DONE), True), (stream("error", {"title": "No", "detail": "Again."}), False)]
)
async def test_an_answer_is_printed(
    scripted: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str], last: Says, *, fine: bool
) -> None:
    """Whether it ended well is told, so that a script can go on by it."""
    scripted.script = [ACCEPTED, last]
    place = Place(home=tmp_path, url=scripted.url, prefix="")

    assert fine == await ask("How?", tier="free", sub="bob", place=place)
    assert capsys.readouterr().out.startswith("Hi.\n")
    assert orjson.loads(scripted.bodies[0]) == {"question": "How?"}


async def test_who_leaves_cancels_the_question(scripted: Scripted, tmp_path: Path) -> None:
    """As Ctrl-C does: nobody waits for the rest."""
    begun = b'retry: 60000\n\nevent: delta\nid: 1\ndata: {"text":"Hi."}\n\n'
    scripted.script = [ACCEPTED, Says(body=begun), Says(status=202)]
    place = Place(home=tmp_path, url=scripted.url, prefix="")
    asking = asyncio.create_task(ask("How?", tier="free", sub="bob", place=place))
    async with asyncio.timeout(5):
        while len(scripted.asked) < 2:  # noqa: ASYNC110  # the server has no event of its own
            await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [(one.method, one.path) for one in scripted.asked][2:] == [("DELETE", "/queries/q1")]


async def test_more_passages_can_be_asked_for(scripted: Scripted, tmp_path: Path) -> None:
    """What is typed goes into the body; a refusal is an error."""
    scripted.script = [Says(status=400)]
    place = Place(home=tmp_path, url=scripted.url, prefix="")
    with pytest.raises(Refused):
        await ask("How?", tier="free", sub="bob", place=place, top_k=21)
    assert orjson.loads(scripted.bodies[0]) == {"question": "How?", "top_k": 21}
