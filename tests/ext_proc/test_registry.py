"""Built-ins are registered as anyone's plugins are."""

from pathlib import Path

import pytest

from ext_proc.registry import BUILT_IN, PluginNameTaken, discover


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path into which a test can put a distribution."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(folder: Path, *, name: str) -> None:
    """An installed package that offers one plugin."""
    info = folder / "offered-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sluice.plugins]\n{name} = ext_proc.plugins.require:RequirePlugin\n")


def test_names_are_the_plugins_own() -> None:
    """The registry and the plugin agree on what it is called."""
    assert {name: plugin.name for name, plugin in BUILT_IN.items()} == {name: name for name in BUILT_IN}


def test_an_entry_point_adds_a_plugin(installed: Path) -> None:
    """A package that offers `sluice.plugins` is found without a change here."""
    install(installed, name="offered")
    assert discover()["offered"] is BUILT_IN["require"]


def test_a_name_is_taken_once(installed: Path) -> None:
    """No package replaces a built-in by chance."""
    install(installed, name="identity")
    with pytest.raises(PluginNameTaken, match="identity"):
        discover()
