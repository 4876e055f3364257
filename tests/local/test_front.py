"""Where clients connect."""

from pathlib import Path

import pytest

from local import front
from local.commands import ROOT
from local.errors import HomeUnusable
from runtime.settings.edge import ListenerSettings, TlsSettings


def listener(certificate: Path, key: Path) -> ListenerSettings:
    return ListenerSettings(tls=TlsSettings(certificate=str(certificate), key=str(key)))


def test_without_tls_there_is_nothing_to_trust(tmp_path: Path) -> None:
    """An address, and no certificate."""
    front.certify(ListenerSettings(), home=tmp_path)

    assert front.url(ListenerSettings(), port=8080) == "http://127.0.0.1:8080"
    assert front.trusted(ListenerSettings()) is None
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_in_the_data_folder_is_made(tmp_path: Path) -> None:
    """Its file is what clients are to trust, wherever they run."""
    settings = listener(tmp_path / "tls" / "c.pem", tmp_path / "tls" / "k.pem")
    front.certify(settings, home=tmp_path)

    assert front.url(settings, port=7143) == "https://localhost:7143"
    assert front.trusted(settings) == tmp_path / "tls" / "c.pem"
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == ["c.pem", "k.pem"]


def test_paths_are_those_of_our_processes() -> None:
    """They run in the repository's folder, and so do the paths that they are told."""
    assert front.trusted(listener(Path("a/c.pem"), Path("a/k.pem"))) == ROOT / "a/c.pem"


@pytest.mark.parametrize("outside", ["certificate", "key"])
def test_a_certificate_elsewhere_is_its_owners(tmp_path: Path, outside: str) -> None:
    """What somebody brought is never made, nor made anew."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    files = {"certificate": home / "c.pem", "key": home / "k.pem", outside: elsewhere / "x.pem"}
    front.certify(listener(files["certificate"], files["key"]), home=home)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """One line that says which."""
    (tmp_path / "tls").write_text("")
    with pytest.raises(HomeUnusable, match="cannot hold a certificate"):
        front.certify(listener(tmp_path / "tls" / "c.pem", tmp_path / "tls" / "k.pem"), home=tmp_path)
