"""Our folders' names are ours, although packages on the index share some of them."""

import importlib

import pytest

from tests.fixtures.settings import ROOT


@pytest.mark.parametrize(
    "name", ["envoy", "proto", "ext_proc", "schemas", "bus", "workers", "runtime", "local", "demo"]
)
def test_a_name_is_our_folder(name: str) -> None:
    """An installed package of the same name never takes its place."""
    module = importlib.import_module(name)
    assert list(module.__path__) == [str(ROOT / name)]
