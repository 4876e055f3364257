"""What is written from the code is fresh, and noticed when it is not."""

import shutil
from pathlib import Path

import pytest

from ext_proc.generated import SCHEMA_FILE, files, stale, write
from ext_proc.reference import METRICS_FILE, PLUGINS_FILE, SETTINGS_FILE
from ext_proc.registry import BUILT_IN
from runtime.metrics import described
from tests.fixtures.settings import ROOT

PAGES = (SETTINGS_FILE, PLUGINS_FILE, METRICS_FILE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the pages as they are in the repository."""
    (tmp_path / "docs").mkdir()
    for name in (*PAGES, SCHEMA_FILE):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_repository_is_fresh() -> None:
    """Schema and references are what the code makes now."""
    assert stale(ROOT) == []


@pytest.mark.parametrize("name", [*PAGES, SCHEMA_FILE])
def test_a_stale_file_is_named(copy: Path, name: str) -> None:
    """One changed byte in a generated part is noticed, and writing mends it."""
    text = (copy / name).read_text()
    (copy / name).write_text(text.replace("topic", "tipoc"))
    assert name in stale(copy)
    write(copy)
    assert stale(copy) == []
    assert files(copy)[name] == (copy / name).read_bytes()


def test_a_missing_file_is_named(copy: Path) -> None:
    """A schema that was never generated is not fresh."""
    (copy / SCHEMA_FILE).unlink()
    assert stale(copy) == [SCHEMA_FILE]


def test_every_setting_and_metric_is_explained() -> None:
    """No row of a reference lacks its last cell, and every plugin has a section."""
    rows = [row for name in PAGES for row in (ROOT / name).read_text().splitlines() if row.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []
    assert all(f"### `{name}`" in (ROOT / PLUGINS_FILE).read_text() for name in BUILT_IN)
    assert all(f"`{metric.name}`" in (ROOT / METRICS_FILE).read_text() for metric in described())
