"""Where clients of a local system connect, and the certificate that they find there."""

import datetime as dt
from pathlib import Path

from local.certificate import ensure_certificate
from local.commands import ROOT
from local.errors import HomeUnusable
from runtime.settings.edge import ListenerSettings


def url(listener: ListenerSettings, *, port: int) -> str:
    """The address; with TLS under the name that certificates are for."""
    return f"https://localhost:{port}" if listener.tls else f"http://127.0.0.1:{port}"


def trusted(listener: ListenerSettings) -> Path | None:
    """The file with what clients are to trust; `None` where there is no TLS."""
    return ROOT / listener.tls.certificate if listener.tls else None


def certify(listener: ListenerSettings, *, home: Path) -> None:
    """Makes the certificate that the configuration names, unless it lies outside of `home`: then it is its owner's.

    Raises:
        HomeUnusable: It cannot be written.
    """
    if listener.tls is None:
        return
    certificate, key = ROOT / listener.tls.certificate, ROOT / listener.tls.key
    if not (certificate.is_relative_to(home) and key.is_relative_to(home)):
        return
    try:
        ensure_certificate(certificate, key, now=dt.datetime.now(dt.UTC))
    except OSError as error:
        raise HomeUnusable(home=home, reason=f"cannot hold a certificate: {error.strerror}") from error
