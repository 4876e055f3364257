"""A consumer group: its members, who owns which partition, and the offsets that it has committed."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from bus.errors import CommitLost, GroupActive
from bus.records import Commit, Partition


class Member(Protocol):
    """What a group asks of a consumer."""

    topics: frozenset[str]
    owned: set[Partition]

    async def give(self, partitions: Collection[Partition]) -> None:
        """Makes them the member's, and tells its listener."""

    async def take(self, partitions: Collection[Partition]) -> None:
        """Tells the member's listener that these leave, and then takes them."""


class Group:
    """Shares partitions evenly and moves as few as it can; each leaves its owner before it reaches the next."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._members: list[Member] = []
        self._partitions: set[Partition] = set()
        self._committed: dict[Partition, Commit] = {}
        self._one_at_a_time = asyncio.Lock()

    def committed(self, partition: Partition) -> Commit | None:
        """What was committed last, if anything."""
        return self._committed.get(partition)

    def check(self, member: Member, partitions: Collection[Partition]) -> None:
        """Returns where all of these are the member's.

        Raises:
            CommitLost: One is not.
        """
        if not set(partitions) <= member.owned:
            raise CommitLost(group=self._name)

    def commit(self, member: Member, offsets: Mapping[Partition, Commit]) -> None:
        """Stores next offsets.

        Raises:
            CommitLost: A partition is not the member's. Nothing was stored.
        """
        self.check(member, offsets.keys())
        self._committed.update(offsets)

    def forget(self) -> None:
        """Forgets every offset.

        Raises:
            GroupActive: There are members.
        """
        if self._members:
            raise GroupActive(group=self._name)
        self._committed.clear()

    def has(self, member: Member) -> bool:
        """Whether it is a member."""
        return member in self._members

    async def expel(self) -> None:
        """Throws the oldest member out and shares what it had; it hears nothing of it, as one that is frozen."""
        async with self._one_at_a_time:
            member = self._members.pop(0)
            member.owned.clear()
            await self._share()

    async def join(self, member: Member, partitions: Collection[Partition]) -> None:
        """Adds a member that follows `partitions`, and shares all anew."""
        async with self._one_at_a_time:
            self._members.append(member)
            self._partitions |= set(partitions)
            await self._share()

    async def leave(self, member: Member) -> None:
        """Takes everything from a member and shares it among the others."""
        async with self._one_at_a_time:
            if member in self._members:
                self._members.remove(member)
                await member.take(set(member.owned))
                await self._share()

    async def _share(self) -> None:
        targets = self._targets(sorted(self._partitions))
        for member, target in targets:
            if leaving := member.owned - target:
                await member.take(leaving)
        for member, target in targets:
            if coming := target - member.owned:
                await member.give(coming)

    def _targets(self, partitions: list[Partition]) -> list[tuple[Member, set[Partition]]]:
        targets = [(member, set[Partition]()) for member in self._members]
        for topic in sorted({partition.topic for partition in partitions}):
            subscribers = [(member, target) for member, target in targets if topic in member.topics]
            if subscribers:
                _deal([partition for partition in partitions if partition.topic == topic], subscribers)
        return targets


def _deal(partitions: list[Partition], subscribers: list[tuple[Member, set[Partition]]]) -> None:
    """Gives each subscriber an even share of one topic, first of what it has."""
    quotas = _quotas(len(partitions), len(subscribers))
    free = set(partitions)
    shares = []
    for (member, _), quota in zip(subscribers, quotas, strict=True):
        shares.append(_first(member.owned & free, quota))
        free -= shares[-1]
    for (_, target), share, quota in zip(subscribers, shares, quotas, strict=True):
        more = _first(free, quota - len(share))
        free -= more
        target.update(share, more)


def _quotas(partitions: int, members: int) -> list[int]:
    each, more = divmod(partitions, members)
    return [each + (at < more) for at in range(members)]


def _first(partitions: Iterable[Partition], count: int) -> set[Partition]:
    return set(sorted(partitions)[:count])
