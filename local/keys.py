"""The keys of a local system, made at its first start and kept in its data folder."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import orjson

from local.errors import HomeUnusable, KeyUnusable
from local.tokens import Issuer, SigningKey

BROUGHT = "SLUICE_SIGNING_KEY"
"""The variable that names a file with a signing key to use instead of the one that is made."""

FOLDER = "keys"
SIGNING, JWKS, SECRETS = "signing.pem", "jwks.json", "secrets.json"
SECRET_NAMES = ("SLUICE_ID_KEY", "SLUICE_RECORD_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The signing key of the demo issuer, and the secrets that our processes are given by their environment."""

    signing: SigningKey
    secrets: Mapping[str, str] = field(repr=False)

    @classmethod
    def open(cls, home: Path, *, brought: str | None = None) -> Self:
        """The keys in `home`, made where there are none; whoever comes second finds those of the first.

        Args:
            home: The data folder.
            brought: A file with the signing key of an issuer whose tokens are about already.

        Raises:
            HomeUnusable: They cannot be read or written.
            KeyUnusable: The signing key that was brought cannot be read.
        """
        folder = home / FOLDER
        try:
            if not folder.exists():
                _make(folder)
            values = orjson.loads((folder / SECRETS).read_bytes())
            signing = SigningKey.from_pem((folder / SIGNING).read_bytes())
            made = cls(signing=signing, secrets={name: str(values[name]) for name in SECRET_NAMES})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeUnusable(home=home, reason=f"has no usable keys ({type(error).__name__}: {error})") from error
        return replace(made, signing=_brought(Path(brought))) if brought else made

    def speaking_for(self, issuer: Issuer) -> Self:
        """The same, with a signing key that mints tokens of that issuer."""
        return replace(self, signing=self.signing.speaking_for(issuer))

    def publish(self, home: Path) -> None:
        """Writes the signing key's public half to where the gateway looks for it, in one step.

        Raises:
            HomeUnusable: It cannot be written.
        """
        aside, jwks = home / FOLDER / f".{JWKS}", self.signing.jwks()
        try:
            aside.unlink(missing_ok=True)
            _write(aside, jwks)
            aside.replace(home / FOLDER / JWKS)
        except OSError as error:
            raise HomeUnusable(home=home, reason=f"cannot hold the public key: {error.strerror}") from error


def _brought(file: Path) -> SigningKey:
    try:
        return SigningKey.from_pem(file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(file=file, variable=BROUGHT, reason=str(error)) from error


def _make(folder: Path) -> None:
    """Makes all files aside, private from the first byte, and puts them in place in one step: never half of them."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".keys-", dir=folder.parent))  # 0700
    try:
        signing = SigningKey.generate()
        _write(aside / SIGNING, signing.pem())
        _write(aside / JWKS, signing.jwks())
        _write(aside / SECRETS, orjson.dumps({name: secrets.token_urlsafe(32) for name in SECRET_NAMES}))
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        if not folder.exists():  # otherwise another process was faster, and its keys serve
            raise


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
