"""How the stream of a whole topic begins: at a place in each of its partitions.

A reader that was here before says with an id where it stood in each. A partition that its id does not name was added
since, and is read from its beginning.
"""

from collections.abc import Mapping

from bus.records import Partition
from ext_proc.results.errors import ForeignEventId
from ext_proc.results.format.assignment import Assignments
from ext_proc.results.format.place import Place
from ext_proc.results.format.vector import Vector
from ext_proc.results.past.page import Past
from ext_proc.results.reader.lane import Lane
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Start

Starts = Mapping[int, Start]
"""Where to begin in each of some partitions that the feed follows, by number."""


class TopicOpener:
    """As `Opener`, for readers of whole topics."""

    def __init__(self, *, past: Past) -> None:
        self._past = past

    async def open(self, subscriber: Subscriber, last: Place | None) -> Opening:
        """As `Opener.open`."""
        match last:
            case None:
                starts = {lane.number: subscriber.wants.start for lane in subscriber.lanes}
                places = await self._found(subscriber, starts)
            case Vector():
                places = await self._checked(subscriber, last, dict(enumerate(last.offsets)))
            case Assignments():
                places = await self._assigned(subscriber, last)
            case _:
                raise ForeignEventId(id=last)
        return _stand(subscriber, places)

    async def _assigned(self, subscriber: Subscriber, last: Assignments) -> Mapping[int, int]:
        if any(each.partition.topic != subscriber.wants.topic for each in last.each):
            raise ForeignEventId(id=last)
        offsets = {each.partition.number: each.next for each in last.each}
        exact = await self._checked(subscriber, last, offsets)
        starts: Starts = {each.partition.number: each.start for each in last.each if each.start is not None}
        unnamed: Starts = {lane.number: "earliest" for lane in subscriber.lanes if lane.number not in offsets}
        return {**exact, **await self._found(subscriber, {**starts, **unnamed})}

    async def _checked(self, subscriber: Subscriber, last: Place, offsets: Mapping[int, int]) -> Mapping[int, int]:
        """The offsets, none of which lies in no partition, or beyond the end of one."""
        topic = subscriber.wants.topic
        positions = {lane.number: lane.channel.horizon.position for lane in subscriber.lanes}
        # The feed may be behind another's, through which the reader has come so far.
        ahead = [number for number, offset in offsets.items() if offset > positions.get(number, -1)]
        if ahead and max(ahead) >= await self._past.partitions(topic):
            raise ForeignEventId(id=last)
        ends = await self._past.offsets({Partition(topic, number): "end" for number in ahead})
        if any(offsets[partition.number] > end for partition, end in ends.items()):
            raise ForeignEventId(id=last)
        return offsets

    async def _found(self, subscriber: Subscriber, starts: Starts) -> Mapping[int, int]:
        """Where the partitions begin for this reader: by memory, or else by Kafka."""
        lanes = {lane.number: lane for lane in subscriber.lanes}
        known = {number: _in_memory(lanes[number], start) for number, start in starts.items() if number in lanes}
        asked = {lanes[number].channel.horizon.at: starts[number] for number, offset in known.items() if offset is None}
        found = await self._past.offsets({at: start for at, start in asked.items() if start != "latest"})
        return {number: found[lanes[number].channel.horizon.at] if at is None else at for number, at in known.items()}


def _in_memory(lane: Lane, start: Start) -> int | None:
    """The offset, where memory can tell it."""
    channel = lane.channel
    if start == "latest":
        return channel.horizon.position
    if start == "earliest":
        return 0 if channel.floor == 0 else None
    return channel.first_at(start) if start > channel.before else None


def _stand(subscriber: Subscriber, places: Mapping[int, int]) -> Opening:
    """Puts the reader there; a partition that the feed has not met yet keeps its place until then."""
    for number, offset in places.items():
        subscriber.position.passed(number, offset)
    for lane in subscriber.lanes:
        lane.cursor = places.get(lane.number, 0)
    return Opening(replayed=any(lane.needs_past for lane in subscriber.lanes))
