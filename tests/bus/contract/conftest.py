"""Every test of this folder runs on both buses."""

import pytest

from bus.ports import Bus
from tests.bus.contract.clusters import Cluster, MemoryCluster, RealCluster

BOTH = ["memory", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(params=BOTH)
def own_cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each of the two, the test's own to break."""
    return MemoryCluster() if request.param == "memory" else RealCluster(request.getfixturevalue("own_kafka"))


@pytest.fixture
def bus(cluster: Cluster) -> Bus:
    """A bus with default bounds."""
    return cluster.bus()
