"""What is committed is what the code makes."""

from pathlib import Path

from dashboards.__main__ import main
from dashboards.files import files, stale, write


def test_everything_that_is_committed_is_fresh() -> None:
    """As `make check` looks at it."""
    assert [] == stale()
    assert main(["check"]) == 0


def test_what_is_missing_or_changed_is_named(tmp_path: Path) -> None:
    """A file that somebody has edited by hand, and one that nobody has written."""
    write(tmp_path)
    assert [] == stale(tmp_path)
    (tmp_path / "grafana/edge.json").write_text("{}")
    (tmp_path / "prometheus/rules.yml").unlink()
    assert ["grafana/edge.json", "prometheus/rules.yml"] == stale(tmp_path)


def test_nothing_else_lies_beside_what_is_generated() -> None:
    """A board or a file that the code no longer makes is gone."""
    folder = Path("dashboards")
    found = {str(path.relative_to(folder)) for name in ("grafana", "prometheus") for path in (folder / name).iterdir()}
    assert set(files()) == found
