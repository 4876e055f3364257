"""Calling the binary."""

from pathlib import Path

import pytest

from envoy.bootstrap import render
from envoy.command import last_message, validate
from envoy.errors import EnvoyRefused
from ext_proc.registry import discover
from tests.fixtures.envoy import Keys, gateway_of


@pytest.mark.envoy
async def test_envoy_accepts_what_is_rendered(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """The bootstrap passes Envoy's own validation."""
    await validate(render(gateway_of(tmp_path, issuer_keys), plugins=discover()))


@pytest.mark.envoy
async def test_envoys_refusal_is_told() -> None:
    """What Envoy says about a bootstrap that it refuses is the error's text."""
    with pytest.raises(EnvoyRefused, match="no such field: 'nonsense'") as caught:
        await validate('{"nonsense": 1}')
    assert not caught.value.said.startswith("{")


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("", "it said nothing"),
        ('{"message":"a"}\n{"message":"b"}\n', "b"),
        ("x\nnot json\n", "not json"),
        ("[1]", "[1]"),
    ],
)
def test_the_last_message(said: str, last: str) -> None:
    """The log's form is taken off, where it has one."""
    assert last_message(said) == last
