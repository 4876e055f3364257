"""Where the demo runs, as the environment says: the same answer for `make demo`, `make ask` and `make token`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from demo.errors import ProfileUnknown
from local.commands import ROOT
from local.ports import DEFAULTS, PUBLIC

HOME = "SLUICE_HOME"
DEFAULT_HOME = ".sluice"
PROFILE = "PROFILE"


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
    """The data folder and the public address. `prefix` is what commands need before them to find the same place."""

    home: Path
    url: str
    prefix: str
    profile: Profile = NATIVE

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Reads the environment.

        Raises:
            ProfileUnknown: It names a profile that there is not.
        """
        home = environ.get(HOME) or DEFAULT_HOME
        name = environ.get(PROFILE) or NATIVE.name
        profile = PROFILES.get(name)
        if profile is None:
            raise ProfileUnknown(name=name, known=tuple(PROFILES))
        port = environ.get(PUBLIC) or str(profile.port)
        chosen = [f"{PROFILE}={name}"] if profile is not NATIVE else []
        chosen += [f"{HOME}={home}"] if home != DEFAULT_HOME else []
        chosen += [f"{PUBLIC}={port}"] if port != str(profile.port) else []
        return cls(
            home=Path(home),
            url=f"{profile.address}:{port}",
            prefix="".join(f"{one} " for one in chosen),
            profile=profile,
        )
