"""What can be known to be wrong before Envoy is asked."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from runtime.errors import ConfigError, Problem
from runtime.settings.gateway import Gateway
from runtime.settings.source import Source

LONGEST_SOCKET = 107
"""Bytes of a unix socket's path on Linux."""

Where = Sequence[str | int]


def check(gateway: Gateway, *, source: Source) -> None:
    """Looks at every file that the bootstrap depends on.

    Raises:
        ConfigError: With everything that is missing or not what it should be.
    """
    found = [*_keys(gateway), *_certificate(gateway), *_sockets(gateway)]
    if found:
        raise ConfigError(file=source.file, problems=tuple(_problem(where, what, source) for where, what in found))


def _keys(gateway: Gateway) -> Iterator[tuple[Where, str]]:
    for number, issuer in enumerate(gateway.identity.issuers):
        where = ("identity", "issuers", number, "jwks")
        if issuer.jwks.file is not None:
            what = _wrong_jwks(Path(issuer.jwks.file))
            if what:
                yield (*where, "file"), what
        elif not str(issuer.jwks.url).startswith(("http://", "https://")):
            yield (*where, "url"), "must begin with http:// or https://"


def _wrong_jwks(file: Path) -> str:
    try:
        keys = json.loads(file.read_text(encoding="utf-8"))["keys"]
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        return f"{file} is not a JSON Web Key Set"
    secret = any("d" in key or key.get("kty") == "oct" for key in keys)
    return f"{file} holds private keys; it must hold public ones alone" if secret else ""


def _certificate(gateway: Gateway) -> Iterator[tuple[Where, str]]:
    tls = gateway.edge.listener.tls
    for name, file in (("certificate", tls.certificate), ("key", tls.key)) if tls else ():
        if not Path(file).is_file():
            yield ("edge", "listener", "tls", name), f"{file} is not a file"


def _sockets(gateway: Gateway) -> Iterator[tuple[Where, str]]:
    longest = max(
        gateway.processor_socket(gateway.processor.processes),
        gateway.results_socket(gateway.results.processes),
        gateway.bulk_socket(gateway.processor.processes),
        key=len,
    )
    if len(longest.encode()) > LONGEST_SOCKET:
        yield ("run",), f"{longest} is too long for a unix socket: at most {LONGEST_SOCKET} bytes"


def _problem(where: Where, what: str, source: Source) -> Problem:
    return Problem(path=".".join(map(str, where)), line=source.line(where), message=what)
