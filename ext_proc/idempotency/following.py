"""Brings the records of their topics to the tables, for as long as the process lives and through every outage."""

import asyncio

from bus.follower import Follower
from bus.ports import Bus
from ext_proc.idempotency.tables import Tables

WAIT = 1.0  # seconds between tries while Kafka does not answer


async def follow(bus: Bus, tables: Tables) -> None:
    """Until cancelled; returns where there is no table.

    A request need not wait until all has been read: reading back its own claim says that it is far enough for this one.
    """
    async with bus.reader() as reader, asyncio.TaskGroup() as tasks:
        for table in tables:
            topic, since = table.kept.topic, table.since
            follower = Follower(bus, reader=reader, topic=topic, since=since, take=table.learn, wait=lambda _: WAIT)
            tasks.create_task(follower.follow(), name=f"following {topic}")
