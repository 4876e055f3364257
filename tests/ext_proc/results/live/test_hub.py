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


def _offsets(hub: Hub, wants: Subscription = WANTS) -> list[int]:
    reader = Subscriber(wants=wants, limit=1)
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


def test_one_key_in_two_partitions() -> None:
    """Where writers do not agree on a key's partition, what lies in the other one disturbs nobody."""
    hub = _hub()
    hub.begin(Partition("t", 1), offset=0, before=0)
    hub.push([record(5, partition=0), record(1, partition=1), record(6, partition=0)])
    found = [_offsets(hub, replace(WANTS, partition_key=name)) for name in ("0", "1", "2", "3")]
    assert {tuple(offsets) for offsets in found} == {(5, 6), (1,)}


def test_both_ways() -> None:
    """A topic may be followed whole and by its keys: the events are the same, and the bytes of both count."""
    hub = Hub(topics=Topics(events=frozenset({"t"}), whole=frozenset({"t"})), history_bytes=10_000)
    hub.begin(AT, offset=0, before=0)
    hub.push([record(0), replace(record(1), key=None)])
    (event,) = hub.history._recent["t", 0, b"k"].events
    whole = hub.partitions.of("t")[0].events
    assert (whole[0] is event, [each.offset for each in whole]) == (True, [0, 1])
    assert hub.sizes() == {"t": hub.history.size + hub.partitions.sizes["t"]}


def test_signatures_are_for_proofs() -> None:
    """Of an event nobody asks who wrote it before somebody looks; of a proof it is asked at once."""
    asked = list[str]()

    def nobody(found: Received) -> bool:
        asked.append(found.topic)
        return False

    topics = Topics(events=frozenset({"t"}), proofs=frozenset({"p", "q"}), unsigned=frozenset({"q"}))
    hub = Hub(topics=topics, history_bytes=10_000, trust=nobody)
    hub.push([record(0), _proof(0), replace(_proof(0), topic="q", key=b"k")])
    assert asked == ["p"]
    assert (hub.proofs.seen(("p", b"", None)), hub.proofs.seen(("q", b"k", None))) == (None, 0)


def test_shared_proofs() -> None:
    """Of some topics it is remembered that a key was seen at all; the first time counts."""
    proofs = Proofs(limit=9, shared={"p"})
    proofs.add(replace(_proof(3), key=b"k"))
    proofs.add(replace(_proof(4), key=b"k", headers=(("user-id", b"bob"),)))
    proofs.add(replace(_proof(5), key=b"k", topic="q"))
    assert (proofs.seen(("p", b"k")), proofs.seen(("p", b"k", b"bob")), proofs.seen(("q", b"k"))) == (3, 4, None)
