"""The folder of an embedded index."""

from pathlib import Path

import pytest

from runtime.errors import ConfigError
from workers.index.home import Marker, locked


def test_lock_is_exclusive_and_returned(tmp_path: Path) -> None:
    """A folder has one user at a time, and the next one gets it."""
    with locked(str(tmp_path)), pytest.raises(ConfigError, match="is in use"), locked(str(tmp_path)):
        pass
    with locked(str(tmp_path)):
        pass


def test_new_folder(tmp_path: Path) -> None:
    """A folder that was not there is made, has no marker and no positions, and cannot be marked optimized."""
    with locked(str(tmp_path / "a" / "b")) as home:
        home.mark_optimized(5)
        assert home.marker() is None
        assert home.load_positions() == {}


def test_marker(tmp_path: Path) -> None:
    """A marker is kept as it was given, and only counts beside a shard and when it is whole."""
    with locked(str(tmp_path)) as home:
        home.mark(Marker(model="m", dimensions=3))
        assert home.marker() is None
        home.shard.mkdir()
        (tmp_path / "index.json").write_text('{"model": "m"}')
        assert home.marker() is None
        home.mark(Marker(model="m", dimensions=3))
        home.mark_optimized(9)
        assert Marker(model="m", dimensions=3, optimized=9) == home.marker()


def test_marker_fits_by_model_and_dimensions() -> None:
    """Vectors of the same model and length may be compared, however the graph was built."""
    one = Marker(model="m", dimensions=3, optimized=1)
    assert one.fits(Marker(model="m", dimensions=3, optimized=2))
    assert not one.fits(Marker(model="n", dimensions=3))
    assert not one.fits(Marker(model="m", dimensions=4))


def test_clear(tmp_path: Path) -> None:
    """Clearing leaves nothing but the lock."""
    with locked(str(tmp_path)) as home:
        home.shard.mkdir()
        home.mark(Marker(model="m", dimensions=3))
        home.save_positions({"a/0": 1})
        home.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
