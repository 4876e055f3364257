"""Some rounds of chaos under load, and the account of all that was accepted; `make chaos` has more."""

import pytest

from local.system import System
from tests.chaos.harm import inflict_all
from tests.chaos.plan import Harm, Round
from tests.chaos.rig import SHORT_SESSION
from tests.chaos.run import Settings, run

pytestmark = [
    pytest.mark.system,
    pytest.mark.kafka,
    pytest.mark.envoy,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chaos"),
]

ROUNDS = (
    Round(
        (
            Harm(victim="generator-1", how="freeze", seconds=SHORT_SESSION * 1.4),
            Harm(victim="processor-0", how="kill", seconds=0.5),
        )
    ),
    Round(
        (
            Harm(victim="generator", how="kill", seconds=0.2),
            Harm(victim="results-1", how="kill", seconds=0.2),
        )
    ),
)
SEED = 7


async def test_everything_accepted_is_accounted_for(broken: System) -> None:
    """A generator is frozen past its session, and another killed, as gateways are: nothing is lost, and nothing done twice."""
    settings = Settings(seed=SEED, rounds=ROUNDS, per_second=4.0)
    report = await run(broken, settings, lambda: inflict_all(broken, ROUNDS, apart=1.0))

    assert not report.violations, str(report)
