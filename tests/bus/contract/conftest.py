"""Every test of this folder runs on every bus."""

from typing import get_args

import pytest

from bus.ports import Bus
from runtime.settings.kafka import Client
from tests.bus.contract.clusters import Cluster, MemoryCluster, RealCluster
from tests.fixtures.kafka import SHARED

CLIENTS = get_args(Client)


@pytest.fixture(params=["memory", *(pytest.param(client, marks=SHARED) for client in CLIENTS)])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """One in memory, and the real one that all tests share, by each client library."""
    if request.param == "memory":
        return MemoryCluster()
    return RealCluster(request.getfixturevalue("kafka"), request.param)


@pytest.fixture(params=["memory", *(pytest.param(client, marks=pytest.mark.kafka) for client in CLIENTS)])
def own_cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each of them, the test's own to break."""
    if request.param == "memory":
        return MemoryCluster()
    return RealCluster(request.getfixturevalue("own_kafka"), request.param)


@pytest.fixture
def bus(cluster: Cluster) -> Bus:
    """A bus with default bounds."""
    return cluster.bus()
