"""Every test of this folder runs on every bus."""

from collections.abc import AsyncIterator
from typing import get_args

import pytest

from bus.ports import Bus
from local.kafka.broker import KafkaBroker
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


@pytest.fixture(scope="module")
async def breakable(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaBroker]:
    """One for all tests of a file that break theirs, because each start of a broker costs what several tests do."""
    async with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
async def own_kafka(breakable: KafkaBroker) -> KafkaBroker:
    """Running and awake, whatever the test before left behind; the test's own until it ends."""
    breakable.resume()
    if breakable.pid is None:
        await breakable.start()
    return breakable


@pytest.fixture(params=["memory", *(pytest.param(client, marks=pytest.mark.kafka) for client in CLIENTS)])
def own_cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each of them, the test's own to break."""
    if request.param == "memory":
        return MemoryCluster()
    return RealCluster(request.getfixturevalue("own_kafka"), request.param)


@pytest.fixture(params=[pytest.param(client, marks=SHARED) for client in CLIENTS])
def real(request: pytest.FixtureRequest, kafka: KafkaBroker) -> RealCluster:
    """The real one that all tests share, by each client library: for what no memory can do."""
    return RealCluster(kafka, request.param)


@pytest.fixture(params=[pytest.param(client, marks=pytest.mark.kafka) for client in CLIENTS])
def own_real(request: pytest.FixtureRequest, own_kafka: KafkaBroker) -> RealCluster:
    """A real one by each client library, the test's own to break."""
    return RealCluster(own_kafka, request.param)


@pytest.fixture
def bus(cluster: Cluster) -> Bus:
    """A bus with default bounds."""
    return cluster.bus()
