"""The configuration's own logic."""

import re

import pytest

from runtime.errors import ConfigError
from runtime.settings.gateway import Gateway
from runtime.settings.routes import PluginUse, RouteSettings
from tests.fixtures.settings import declared


@pytest.mark.parametrize(("claim", "tier"), [("enterprise", "enterprise"), ("root", "free"), (None, "free")])
def test_an_unknown_tier_is_the_lowest(gateway: Gateway, claim: str | None, tier: str) -> None:
    """A mistake in a token never raises its holder."""
    assert gateway.tier(claim).name == tier


def test_each_process_has_a_socket_of_its_own(gateway: Gateway) -> None:
    """Processors and results servers meet Envoy on different files."""
    sockets = {gateway.processor_socket(0), gateway.processor_socket(1), gateway.results_socket(0)}
    assert len(sockets) == 3


@pytest.mark.parametrize(
    ("path", "request_path", "params"),
    [
        ("/results/{query_id}", "/results/abc", {"query_id": "abc"}),
        ("/results/{query_id}", "/results/a/b", None),
        ("/results/{query_id}", "/results/", None),
        ("/a.b", "/axb", None),
        ("/a/{x}/b/{y}", "/a/1/b/2", {"x": "1", "y": "2"}),
    ],
)
def test_a_parameter_is_one_segment(path: str, request_path: str, params: dict[str, str] | None) -> None:
    """A parameter matches one segment that is not empty, and the rest is literal."""
    route = RouteSettings(name="r", method="GET", path=path, plugins=(PluginUse(name="identity"),))
    found = re.fullmatch(route.pattern(), request_path)
    assert (found.groupdict() if found else None) == params


def test_keys_are_those_in_use_first() -> None:
    """An accepted key stands behind the one that is used, and names go by the key of ids where they have none."""
    plain = declared()[0].keys
    assert (plain.id_keys, plain.record_keys, plain.naming) == (("i" * 32,), ("r" * 32,), "i" * 32)
    several = f"{'b' * 32}, {'c' * 32}"
    keys = declared(SLUICE_ID_KEY_ACCEPTED="a" * 32, SLUICE_RECORD_KEY_ACCEPTED=several, SLUICE_NAME_KEY="n" * 32)[
        0
    ].keys
    assert keys.id_keys == ("i" * 32, "a" * 32)
    assert keys.record_keys == ("r" * 32, "b" * 32, "c" * 32)
    assert keys.naming == "n" * 32


def test_an_accepted_key_is_long_too() -> None:
    """A short one stops the start, and is not shown."""
    with pytest.raises(ConfigError) as refused:
        declared(SLUICE_ID_KEY_ACCEPTED="short")
    assert "accepted_ids" in str(refused.value)
    assert "short'" not in str(refused.value)
