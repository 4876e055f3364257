"""What is wrong with gateway.yaml is said before Envoy is asked."""

from pathlib import Path
from typing import Any

import pytest

from envoy.check import check
from runtime.errors import ConfigError
from runtime.settings.source import Source
from tests.fixtures.envoy import AUDIENCE, ISSUER, Keys, gateway_of

SOURCE = Source("run: x\nidentity:\n  issuers:\n    - jwks: {file: x}\n", file="gateway.yaml", environ={})


def _identity(jwks: dict[str, str]) -> dict[str, Any]:
    return {"issuers": [{"name": "main", "issuer": ISSUER, "audiences": [AUDIENCE], "jwks": jwks}]}


def test_what_is_right_passes(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """A gateway whose files are there has nothing wrong, whether keys come from files or from URLs."""
    check(gateway_of(tmp_path, issuer_keys), source=SOURCE)
    check(gateway_of(tmp_path, issuer_keys, identity=_identity({"url": "https://keys.test/keys"})), source=SOURCE)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "cannot be read: No such file"),
        ("nonsense", "is not a JSON Web Key Set"),
        ("[]", "is not a JSON Web Key Set"),
        ('{"keys": [{"kty": "RSA", "d": "x"}]}', "holds private keys"),
        ('{"keys": [{"kty": "oct", "k": "x"}]}', "holds private keys"),
    ],
)
def test_a_wrong_key_file_is_named(tmp_path: Path, issuer_keys: dict[str, Keys], text: str | None, what: str) -> None:
    """A missing file, one that is none of its kind, and one with secrets each stop the start, with the line."""
    file = tmp_path / "keys.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=what) as caught:
        check(gateway_of(tmp_path, issuer_keys, identity=_identity({"file": str(file)})), source=SOURCE)
    assert str(caught.value).startswith("gateway.yaml:4: identity.issuers.0.jwks.file: ")


def test_everything_wrong_is_said_at_once(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """A URL that is none, a certificate that is not there and sockets that cannot be are reported together."""
    gateway = gateway_of(
        tmp_path,
        issuer_keys,
        identity=_identity({"url": "keys.test"}),
        edge={"listener": {"tls": {"certificate": "no.crt", "key": "no.key"}}},
        run="r" * 200,
    )
    with pytest.raises(ConfigError) as caught:
        check(gateway, source=SOURCE)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == [
        "identity.issuers.0.jwks.url",
        "edge.listener.tls.certificate",
        "edge.listener.tls.key",
        "run",
    ]
