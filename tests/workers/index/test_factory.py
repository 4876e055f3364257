"""gateway.yaml -> index."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from runtime.settings.models import IndexSettings
from tests.workers.index.entries import edge_settings
from workers.index.factory import open_index


def test_server_needs_a_url() -> None:
    """A server without its URL stops the process and names the setting."""
    with pytest.raises(ConfigError, match=r"index\.url: is needed"):
        open_index(IndexSettings(provider="qdrant"), model="m", dimensions=3)


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning")
async def test_swapping_is_a_setting(tmp_path: Path) -> None:
    """The provider alone decides which index is opened."""
    names = []
    for settings in (edge_settings(tmp_path), IndexSettings(provider="qdrant", url=":memory:")):
        async with open_index(settings, model="m", dimensions=3) as index:
            names.append(type(index).__name__)
    assert names == ["EdgeIndex", "QdrantIndex"]


def test_only_the_chosen_one_is_imported(tmp_path: Path) -> None:
    """A process with the embedded index does not carry the server's client."""
    script = (
        "import sys; from runtime.settings.models import IndexSettings; from workers.index.factory import open_index;"
        f"open_index(IndexSettings(path={str(tmp_path)!r}), model='m', dimensions=3);"
        "sys.exit('qdrant_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 0
