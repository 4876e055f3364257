"""The certificate of a local system."""

import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from local.certificate import ADDRESSES, LIFE, NAMES, RENEWED_BEFORE, ensure_certificate

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def made(folder: Path, *, now: dt.datetime = NOW) -> tuple[bytes, bytes, bool]:
    fresh = ensure_certificate(folder / "tls" / "certificate.pem", folder / "tls" / "key.pem", now=now)
    return (folder / "tls" / "certificate.pem").read_bytes(), (folder / "tls" / "key.pem").read_bytes(), fresh


def test_it_is_for_this_machine(tmp_path: Path) -> None:
    """Whoever asks for localhost or a loopback address finds the name in it."""
    certificate = x509.load_pem_x509_certificate(made(tmp_path)[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert tuple(names.get_values_for_type(x509.DNSName)) == NAMES
    assert tuple(map(str, names.get_values_for_type(x509.IPAddress))) == ADDRESSES
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc == NOW + LIFE


def test_only_the_key_is_secret(tmp_path: Path) -> None:
    """The key is 0600 in a folder of 0700; the certificate may be handed to anybody. Nothing is left beside them."""
    made(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [tmp_path / "tls", *(tmp_path / "tls").iterdir()]}

    assert modes == {"tls": 0o700, "certificate.pem": 0o644, "key.pem": 0o600}


@pytest.mark.parametrize(
    ("later", "fresh"),
    [
        (dt.timedelta(), False),
        (LIFE - RENEWED_BEFORE - dt.timedelta(seconds=1), False),
        (LIFE - RENEWED_BEFORE, True),
        (LIFE * 2, True),
    ],
)
def test_it_stays_until_it_ends_soon(tmp_path: Path, later: dt.timedelta, *, fresh: bool) -> None:
    """A browser that was told to trust it need not be told at every start."""
    first, second = made(tmp_path), made(tmp_path, now=NOW + later)

    assert (second[2], second[:2] != first[:2]) == (fresh, fresh)


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("content", [None, "", "of another"])
def test_halves_that_do_not_fit_are_made_anew(tmp_path: Path, name: str, content: str | None) -> None:
    """A file that is missing, broken, or of another pair would keep Envoy from starting."""
    made(tmp_path)
    made(tmp_path / "other")
    if content is None:
        (tmp_path / "tls" / name).unlink()
    else:
        other = (tmp_path / "other" / "tls" / name).read_text()
        (tmp_path / "tls" / name).write_text(other if content else "")

    assert made(tmp_path)[2]
    ssl.create_default_context().load_cert_chain(tmp_path / "tls" / "certificate.pem", tmp_path / "tls" / "key.pem")
    assert not made(tmp_path)[2]


def test_clients_trust_it_by_itself(tmp_path: Path) -> None:
    """It is all that a client's store of authorities needs to hold."""
    made(tmp_path, now=dt.datetime.now(dt.UTC))
    context = ssl.create_default_context(cafile=str(tmp_path / "tls" / "certificate.pem"))

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert _shake_hands(context, tmp_path / "tls") == "TLSv1.3"


def _shake_hands(client: ssl.SSLContext, folder: Path) -> str | None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there, server_hostname="127.0.0.1")
    theirs = server.wrap_bio(there, back, server_side=True)
    waiting = [ours, theirs]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return ours.version()
