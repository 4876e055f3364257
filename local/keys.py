"""The keys of a local system, made at its first start and kept in its data folder."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import orjson

from local.errors import HomeUnusable
from local.tokens import SigningKey

FOLDER = "keys"
SIGNING, JWKS, SECRETS = "signing.pem", "jwks.json", "secrets.json"
SECRET_NAMES = ("SLUICE_ID_KEY", "SLUICE_RECORD_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The signing key of the demo issuer, and the secrets that our processes are given by their environment."""

    signing: SigningKey
    secrets: Mapping[str, str] = field(repr=False)

    @classmethod
    def open(cls, home: Path) -> Self:
        """The keys in `home`, made where there are none; whoever comes second finds those of the first.

        Raises:
            HomeUnusable: They cannot be read or written.
        """
        folder = home / FOLDER
        try:
            if not folder.exists():
                _make(folder)
            values = orjson.loads((folder / SECRETS).read_bytes())
            signing = SigningKey.from_pem((folder / SIGNING).read_bytes())
            return cls(signing=signing, secrets={name: str(values[name]) for name in SECRET_NAMES})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeUnusable(home=home, reason=f"has no usable keys ({type(error).__name__}: {error})") from error


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
