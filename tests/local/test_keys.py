"""The keys in the data folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.errors import HomeUnusable, KeyUnusable
from local.keys import JWKS, SECRET_NAMES, SECRETS, SIGNING, Keys
from local.tokens import Issuer, SigningKey


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


def test_a_signing_key_can_be_brought(tmp_path: Path) -> None:
    """Whoever holds tokens of an issuer already has them believed; the key in the folder stays as it was."""
    own = SigningKey.generate()
    (tmp_path / "own.pem").write_bytes(own.pem())
    made, brought = Keys.open(tmp_path / "home"), Keys.open(tmp_path / "home", brought=str(tmp_path / "own.pem"))

    assert brought.signing.pem() == own.pem()
    assert brought.secrets == made.secrets
    assert Keys.open(tmp_path / "home").signing.pem() == made.signing.pem()


@pytest.mark.parametrize("content", [None, "", "no key"])
def test_a_key_that_is_none_is_named(tmp_path: Path, content: str | None) -> None:
    """The line says which variable is wrong."""
    if content is not None:
        (tmp_path / "own.pem").write_text(content)

    with pytest.raises(KeyUnusable, match=r"^SLUICE_SIGNING_KEY=.*own\.pem holds no RSA key in PEM"):
        Keys.open(tmp_path / "home", brought=str(tmp_path / "own.pem"))


def test_the_public_half_is_published_under_the_issuers_name(tmp_path: Path) -> None:
    """Whatever was published before, the gateway finds the key that signs now; nothing is left beside it."""
    keys = Keys.open(tmp_path).speaking_for(Issuer(key_id="example"))
    for _ in range(2):
        keys.publish(tmp_path)

    assert (tmp_path / "keys" / JWKS).read_bytes() == keys.signing.jwks()
    assert b'"kid":"example"' in keys.signing.jwks()
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [JWKS, SECRETS, SIGNING]
    assert (tmp_path / "keys" / JWKS).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """A public key that cannot be written is one clear error."""
    keys = Keys.open(tmp_path)

    with pytest.raises(HomeUnusable, match="cannot hold the public key"):
        keys.publish(tmp_path / "elsewhere")
