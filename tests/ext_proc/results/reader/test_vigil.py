"""How long a stream waits for a key, where something comes in the last moment."""

from dataclasses import replace
from math import inf

from bus.memory import MemoryBus
from bus.records import Partition
from ext_proc.results.live.channel import Channel
from ext_proc.results.live.event import Event
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.topics import Topics
from ext_proc.results.past.page import Past
from ext_proc.results.past.pool import ReaderPool
from ext_proc.results.reader.lookup import Lookup
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.vigil import Vigil
from runtime.settings.kafka import TopicSettings
from tests.ext_proc.results.reader.test_subscriber import WANTS, subscriber
from tests.ext_proc.results.records import record


class Late(Past):
    """While it is asked, something comes."""

    channel: Channel
    event: Event

    async def partitions(self, topic: str) -> int:
        """As `Past`."""
        self.channel.append(self.event)
        return await super().partitions(topic)


async def _waited(event: Event) -> tuple[bool, float, Subscriber]:
    """Whether a reader waits in vain to whom that comes in the last moment, and how long it goes on waiting."""
    bus = MemoryBus()
    async with bus.admin() as admin:
        await admin.ensure({"p": TopicSettings(partitions=1)})
    hub = Hub(topics=Topics(events=frozenset({"t"}), proofs=frozenset({"p"})), history_bytes=10_000)
    hub.begin(Partition("t", 0), offset=0, before=0)
    reader = subscriber(wants=replace(WANTS, known_by="p", unseen=9.0))
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        late = Late(pool)
        late.channel, late.event = reader.lane.channel, event
        vigil = Vigil(subscriber=reader, lookup=Lookup(hub=hub, past=late))
        vigil.begin(Opening())
        assert not vigil.due()
        return await vigil.is_in_vain(), vigil.next(), reader


async def test_its_own() -> None:
    """An event of the key ends the waiting, even if it comes while the log is being searched."""
    vain, more, _ = await _waited(Event(record(0)))
    assert (vain, more) == (False, inf)


async def test_anothers() -> None:
    """What is not the reader's own is looked at first, and then the key is looked for again."""
    vain, more, reader = await _waited(Event(record(0, user="bob")))
    assert not vain
    assert 0 < more <= 9
    assert reader.turn() is reader.lane
