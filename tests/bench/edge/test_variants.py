"""What is left out is what the name says, and Envoy accepts what is left."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from bench.edge.__main__ import lines
from bench.edge.variants import manager, variants
from envoy.bootstrap import render
from envoy.command import validate
from ext_proc.registry import BUILT_IN
from tests.fixtures.envoy import Keys, gateway_of


@pytest.fixture
def found(tmp_path: Path) -> dict[str, str]:
    """The variants of a small gateway."""
    gateway = gateway_of(tmp_path, {"main": Keys("https://issuer.test", "main"), "nested": Keys("https://b.test", "b")})
    return dict(variants(render(gateway, plugins=BUILT_IN)))


def test_each_lacks_one_part_more(found: dict[str, str]) -> None:
    """The first is the whole, the last has a router and the body alone, and nothing comes back on the way."""
    filters = [{each["name"] for each in manager(json.loads(text))["http_filters"]} for text in found.values()]
    assert all(later <= before for before, later in pairwise(filters))
    assert filters[-1] == {"envoy.filters.http.router", "envoy.filters.http.buffer"}
    assert next(iter(found)) == "nothing"
    assert "access_log" in manager(json.loads(found["nothing"]))
    assert "access_log" not in manager(json.loads(found["the access log"]))


@pytest.mark.envoy
async def test_envoy_accepts_the_barest(found: dict[str, str]) -> None:
    """What has no processor answers by itself."""
    await validate(found["the token"])


def test_a_part_costs_what_its_lack_saves() -> None:
    """By the least of the rounds, beside the one before it."""
    rows = lines({"nothing": [100.0, 140.0], "the log": [90.0, 91.0], "the token": [40.0]})
    assert [row[3:] for row in rows] == [("", ""), ("10", "0.10"), ("50", "0.50")]
