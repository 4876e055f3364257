"""The admin client's promises."""

import pytest

from bus.errors import GroupActive, TopicMismatch
from bus.ports import Bus
from bus.records import Commit, Partition
from runtime.settings.kafka import TopicSettings
from tests.bus.contract.helpers import create, take, values, write
from tests.fixtures.kafka import NewName


async def test_topics_are_created_once(bus: Bus, topic: NewName) -> None:
    """What exists as configured is left alone, and what is missing beside it is created."""
    first, second = topic("made"), topic("made")
    async with bus.admin() as admin, bus.reader() as reader:
        await admin.ensure({first: TopicSettings(partitions=2, cleanup="compact", retention=3600)})
        await admin.ensure({first: TopicSettings(partitions=2, cleanup="compact"), second: TopicSettings(partitions=1)})
        assert [await reader.partitions(name) for name in (first, second)] == [2, 1]


async def test_more_partitions_than_configured_are_welcome(bus: Bus, topic: NewName) -> None:
    """An operator may have added some."""
    name = topic("more")
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=3)})
        await admin.ensure({name: TopicSettings(partitions=2)})


async def test_fewer_partitions_are_an_error(bus: Bus, topic: NewName) -> None:
    """The message names the topic, what was expected and what is there."""
    name = topic("fewer")
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(partitions=2)})
        with pytest.raises(TopicMismatch, match=f"{name}: partitions is 2 on the broker, but 4"):
            await admin.ensure({name: TopicSettings(partitions=4)})


async def test_another_cleanup_policy_is_an_error(bus: Bus, topic: NewName) -> None:
    """A log that should keep everything must not be compacted, and the other way round."""
    name = topic("policy")
    async with bus.admin() as admin:
        await admin.ensure({name: TopicSettings(cleanup="delete")})
        with pytest.raises(TopicMismatch, match=r"cleanup\.policy is delete on the broker, but compact"):
            await admin.ensure({name: TopicSettings(cleanup="compact")})


async def test_a_ping_is_answered(bus: Bus) -> None:
    """A cluster that is up answers, again and again."""
    async with bus.admin() as admin:
        await admin.ping()
        await admin.ping()


async def test_a_forgotten_group_starts_anew(bus: Bus, topic: NewName) -> None:
    """What was committed no longer counts; a group that never was may be forgotten as well."""
    name, group = topic("replayed"), topic("group")
    await create(bus, name, partitions=1)
    await write(bus, name, 3)
    async with bus.admin() as admin:
        await admin.forget(group)
        for _ in range(2):
            async with bus.consumer(group=group, topics=[name]) as consumer:
                assert values(await take(consumer, 3)) == ["0", "1", "2"]
                await consumer.commit({Partition(name, 0): Commit(3)})
            await admin.forget(group)


async def test_a_group_with_members_is_not_forgotten(bus: Bus, topic: NewName) -> None:
    """They would go on from where they are, and commit it again."""
    name, group = topic("busy"), topic("group")
    await create(bus, name, partitions=1)
    await write(bus, name, 1)
    async with bus.admin() as admin, bus.consumer(group=group, topics=[name]) as consumer:
        await take(consumer, 1)
        with pytest.raises(GroupActive, match=f"group {group} has members"):
            await admin.forget(group)
