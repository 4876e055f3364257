"""What is done to a system by the mixed load; that it does all of it is proved in tests/dashboards/test_prometheus.py."""

from dataclasses import dataclass
from random import Random
from typing import Any, cast

import pytest

from demo.client import Client
from demo.errors import StandInMissing
from demo.traffic.acts import Acts
from demo.traffic.traffic import Traffic
from local.system import System


@dataclass
class RealModel:
    """A system that asks a provider who wants to be paid."""

    stand_in_url: None = None


async def test_a_real_model_is_never_put_under_load() -> None:
    """Nobody pays for a demonstration without having asked for it."""
    with pytest.raises(StandInMissing, match="stand-in"):
        async with Traffic(cast(System, RealModel())):
            pass


def test_each_act_has_a_pace() -> None:
    """Whatever callers can do, some of them do."""

    async def breaks() -> None:
        pass

    def enter(**_: Any) -> Client:
        return Client("http://127.0.0.1:1", token="")

    acts = Acts(enter=enter, breaks=breaks, random=Random(1))
    done = {act.__name__ for act, seconds in acts.paced() if seconds > 0}
    public = {name for name, found in vars(Acts).items() if callable(found) and not name.startswith("_")}
    assert public - {"paced"} == done
