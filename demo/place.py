"""Where the demo runs, as the environment says: the same answer for `make demo`, `make ask` and `make token`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from demo.errors import LoadUnspoken, ProfileUnknown
from local.commands import ROOT
from local.ports import DEFAULTS, PUBLIC

HOME = "SLUICE_HOME"
DEFAULT_HOME = ".sluice"
PROFILE = "PROFILE"
LOAD = "LOAD"
"""The variable that asks for a mixed load, which goes on until the demo is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A contract with clients that the demo can speak: what declares it, and where it is spoken by default."""

    name: str
    config: Path
    address: str
    port: int


NATIVE = Profile(name="native", config=ROOT / "gateway.yaml", address="http://127.0.0.1", port=DEFAULTS[PUBLIC])
ZILLA = Profile(name="zilla", config=ROOT / "demo" / "zilla.yaml", address="https://localhost", port=7143)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (NATIVE, ZILLA)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The data folder and the public address. `prefix` is what commands need before them to find the same place.

    `loaded` says that callers are to come and go there by themselves.
    """

    home: Path
    url: str
    prefix: str
    profile: Profile = NATIVE
    loaded: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Reads the environment.

        Raises:
            ProfileUnknown: It names a profile that there is not.
            LoadUnspoken: It asks for a load, and for a profile that the load's callers do not speak.
        """
        home = environ.get(HOME) or DEFAULT_HOME
        name = environ.get(PROFILE) or NATIVE.name
        profile = PROFILES.get(name)
        if profile is None:
            raise ProfileUnknown(name=name, known=tuple(PROFILES))
        loaded = bool(environ.get(LOAD))
        if loaded and profile is not NATIVE:
            raise LoadUnspoken(profile=name)
        port = environ.get(PUBLIC) or str(profile.port)
        chosen = [f"{PROFILE}={name}"] if profile is not NATIVE else []
        chosen += [f"{HOME}={home}"] if home != DEFAULT_HOME else []
        chosen += [f"{PUBLIC}={port}"] if port != str(profile.port) else []
        return cls(
            home=Path(home),
            url=f"{profile.address}:{port}",
            prefix="".join(f"{one} " for one in chosen),
            profile=profile,
            loaded=loaded,
        )
