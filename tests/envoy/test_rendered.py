"""Envoy's supervisor has its bootstrap from a process that is gone again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from envoy.bootstrap import render
from envoy.errors import EnvoyFailed
from envoy.rendered import rendered
from ext_proc.registry import discover
from tests.fixtures.envoy import Keys, gateway_of

LOOK = "import sys, envoy.__main__; print(any(name.startswith('envoy_data_plane') for name in sys.modules))"


async def test_the_same(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """It is what this process would have made."""
    gateway = gateway_of(short_folder(), issuer_keys)
    document = gateway.model_dump(mode="json", exclude_defaults=True) | {"keys": {"ids": "k" * 32, "records": "k" * 32}}
    file = Path(gateway.run) / "gateway.yaml"
    file.write_text(yaml.safe_dump(document))
    assert render(gateway, plugins=discover()) == await rendered(str(file))


async def test_what_is_wrong(tmp_path: Path) -> None:
    """Where there is nothing to render, the error says why."""
    with pytest.raises(EnvoyFailed, match=r"could not be configured: .*missing\.yaml"):
        await rendered(str(tmp_path / "missing.yaml"))


def test_nothing_stays() -> None:
    """The supervisor's own process does not hold what builds a bootstrap."""
    ran = subprocess.run((sys.executable, "-c", LOOK), check=True, capture_output=True, text=True)
    assert "False\n" == ran.stdout
