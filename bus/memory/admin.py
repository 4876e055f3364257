"""The in-memory admin client."""

from collections.abc import Mapping

from bus.memory.cluster import Cluster
from runtime.settings.kafka import TopicSettings


class MemoryAdmin:
    """Keeps the promises of `bus.ports.Admin`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        """As `Admin.ensure`."""
        self._cluster.ensure(topics)

    async def forget(self, group: str) -> None:
        """As `Admin.forget`."""
        self._cluster.check("forgetting a group")
        self._cluster.group(group).forget()

    async def ping(self) -> None:
        """As `Admin.ping`."""
        self._cluster.check("answering a ping")
