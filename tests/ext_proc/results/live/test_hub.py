"""Where records meet readers."""

from dataclasses import replace

import pytest

from bus.records import Partition, Received
from ext_proc.results.errors import Busy
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from tests.ext_proc.results.records import record

AT = Partition("t", 0)
WANTS = Subscription(topic="t", key="k", user_id="alice", tier="free", query_id="k")


def _hub(*, topics: tuple[str, ...] = ("t",), proofs: tuple[str, ...] = ("p",)) -> Hub:
    hub = Hub(topics=Topics(events=frozenset(topics), proofs=frozenset(proofs)), history_bytes=10_000)
    hub.begin(AT, offset=0, before=0)
    return hub


def _offsets(hub: Hub) -> list[int]:
    reader = Subscriber(wants=WANTS, limit=1)
    with hub.watching(reader):
        return [event.offset for event in reader.lane.take()]


def test_once() -> None:
    """A record that the feed brings again is not shown again, nor one without a key, nor one of no topic of ours."""
    hub = _hub()
    hub.push([record(0), record(1), record(1), record(0)])
    hub.push([replace(record(2), key=None), replace(record(0), topic="x")])
    assert _offsets(hub) == [0, 1]
    assert hub.positions() == {AT: 3}


def test_both_at_once() -> None:
    """A topic may be its own proof."""
    hub = _hub(proofs=("t",))
    hub.push([record(0)])
    assert _offsets(hub) == [0]
    assert hub.proofs.seen(("t", b"k", b"alice")) == 0


def test_not_followed() -> None:
    """A topic that is not followed, or not yet, has no streams; that is no error of the topics that are."""
    hub = _hub()
    hub.begin(AT, offset=7, before=7)
    hub.begin(Partition("p", 0), offset=7, before=7)
    hub.lose(Partition("p", 0), position=9, now=9)
    assert hub.positions() == {AT: 0}
    with pytest.raises(Busy), hub.watching(Subscriber(wants=replace(WANTS, topic="p"), limit=1)):
        pytest.fail("there is nothing to watch")


def test_nobody_is_left() -> None:
    """A reader who goes takes its channel along."""
    hub = _hub()
    assert _offsets(hub) == []
    assert not hub.history._watched


def test_proofs_are_bounded() -> None:
    """The key that was first seen longest ago is forgotten first; a key's first time stays."""
    proofs = Proofs(limit=2)
    for offset, key in enumerate([b"a", b"b", b"a", None, b"c"]):
        proofs.add(replace(_proof(offset), key=key))
    assert [proofs.seen(("p", key, None)) for key in (b"a", b"b", b"c")] == [None, 1, 4]


def _proof(offset: int) -> Received:
    return Received(topic="p", partition=0, offset=offset, timestamp=offset, key=b"", value=None)


def test_many_ask() -> None:
    """Everybody who asks for a key is woken, and the last one who leaves cleans up."""
    proofs, proof = Proofs(limit=2), ("p", b"k", None)
    first, second = Subscriber(wants=WANTS, limit=1), Subscriber(wants=WANTS, limit=1)
    with proofs.asking(proof, first):
        with proofs.asking(proof, second):
            proofs.add(replace(_proof(0), key=b"k"))
        assert proofs._asking
    assert (first._news, second._news, proofs._asking) == (True, True, {})
