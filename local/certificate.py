"""A self-signed certificate for this machine, so that a local system speaks TLS. The only importer of cryptography's x509."""

import datetime as dt
import ipaddress
import os
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")
LIFE = dt.timedelta(days=365)
RENEWED_BEFORE = dt.timedelta(days=30)

_SKEW = dt.timedelta(days=1)  # of the clocks of whoever looks at it
_PEM = serialization.Encoding.PEM


def ensure_certificate(certificate: Path, key: Path, *, now: dt.datetime) -> bool:
    """Makes both files where they are missing, do not belong together, or end soon; tells whether it did.

    The key can be read by its owner alone. What is still good stays, so that a browser goes on trusting it.

    Raises:
        OSError: They cannot be written.
    """
    if _good(certificate, key, now=now):
        return False
    private = ec.generate_private_key(ec.SECP256R1())
    for path in (certificate, key):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A crash in between leaves two that do not fit, which the next start finds.
    _write(key, private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()), 0o600)
    _write(certificate, _signed(private, now=now).public_bytes(_PEM), 0o644)
    return True


def _good(certificate: Path, key: Path, *, now: dt.datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return False
    return found.public_key() == private.public_key() and now < found.not_valid_after_utc - RENEWED_BEFORE


def _signed(key: ec.EllipticCurvePrivateKey, *, now: dt.datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sluice on this machine")])
    where = [*map(x509.DNSName, NAMES), *(x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES)]
    public = key.public_key()
    return (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(where), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    Path(aside).replace(path)
