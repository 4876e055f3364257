"""The broker is away under load; `make chaos` has a longer one."""

import pytest

from local.system import System
from tests.chaos.outage import outage
from tests.chaos.run import Settings

pytestmark = [
    pytest.mark.system,
    pytest.mark.kafka,
    pytest.mark.envoy,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chaos"),
]

SECONDS = 8.0


async def test_an_outage_of_the_broker_loses_nothing(broken: System) -> None:
    """All that was accepted before and after is answered once, memory is bounded, and every process is the one that it was."""
    report = await outage(broken, Settings(seed=8, per_second=4.0), seconds=SECONDS)

    assert not report.violations, str(report)
