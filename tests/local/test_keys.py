"""The keys in the data folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.errors import HomeUnusable
from local.keys import JWKS, SECRET_NAMES, SECRETS, SIGNING, Keys


def test_they_are_made_once(tmp_path: Path) -> None:
    """A second start finds the keys of the first, so tokens and ids stay good."""
    first, second = Keys.open(tmp_path / "home"), Keys.open(tmp_path / "home")

    assert first.secrets == second.secrets
    assert first.signing.jwks() == second.signing.jwks()
    assert (tmp_path / "home" / "keys" / JWKS).read_bytes() == first.signing.jwks()


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    """Files are 0600 and their folder 0700."""
    Keys.open(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [tmp_path / "keys", *(tmp_path / "keys").iterdir()]}

    assert modes == {"keys": 0o700, SIGNING: 0o600, JWKS: 0o600, SECRETS: 0o600}
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_secrets_are_long_different_and_never_shown(tmp_path: Path) -> None:
    """The gateway asks for 32 bytes each; a log line shows none of them."""
    keys = Keys.open(tmp_path)

    assert set(keys.secrets) == set(SECRET_NAMES)
    assert len(set(keys.secrets.values())) == 2
    assert min(map(len, keys.secrets.values())) >= 32
    assert not [value for value in keys.secrets.values() if value in repr(keys)]


def test_two_who_start_at_once_get_the_same_keys(tmp_path: Path) -> None:
    """`make token` beside a first `make demo` never leaves half a set of keys, nor two."""
    with ThreadPoolExecutor(4) as threads:
        all_keys = list(threads.map(lambda _: Keys.open(tmp_path), range(4)))

    assert len({keys.signing.jwks() for keys in all_keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("content", ["", "{}", "[]", "no json"])
def test_broken_keys_are_named_and_kept(tmp_path: Path, content: str) -> None:
    """Keys are never made anew over old ones: that would make every token and id worthless."""
    Keys.open(tmp_path)
    (tmp_path / "keys" / SECRETS).write_text(content)

    with pytest.raises(HomeUnusable, match="has no usable keys"):
        Keys.open(tmp_path)
    assert (tmp_path / "keys" / SECRETS).read_text() == content


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is one clear error."""
    (tmp_path / "home").write_text("")

    with pytest.raises(HomeUnusable):
        Keys.open(tmp_path / "home")
