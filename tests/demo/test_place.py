"""Where the demo runs."""

from pathlib import Path

import pytest

from demo.errors import LoadUnspoken, ProfileUnknown
from demo.place import PROFILES, ZILLA, Place, Profile
from local import front
from runtime.settings.load import load
from tests.fixtures.settings import ENVIRON


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Place(home=Path(".sluice"), url="http://127.0.0.1:8080", prefix="")),
        ({"PORT": "8080", "SLUICE_HOME": ""}, Place(home=Path(".sluice"), url="http://127.0.0.1:8080", prefix="")),
        (
            {"PORT": "9000", "SLUICE_HOME": "/data"},
            Place(home=Path("/data"), url="http://127.0.0.1:9000", prefix="SLUICE_HOME=/data PORT=9000 "),
        ),
        ({"PROFILE": "native"}, Place(home=Path(".sluice"), url="http://127.0.0.1:8080", prefix="")),
        (
            {"PROFILE": "zilla", "PORT": "7143"},
            Place(home=Path(".sluice"), url="https://localhost:7143", prefix="PROFILE=zilla ", profile=ZILLA),
        ),
        (
            {"PROFILE": "zilla", "PORT": "8080"},
            Place(home=Path(".sluice"), url="https://localhost:8080", prefix="PROFILE=zilla PORT=8080 ", profile=ZILLA),
        ),
    ],
)
def test_the_environment_says_where(environ: dict[str, str], expected: Place) -> None:
    """All commands of the demo find the same place, and hints repeat what is unusual about it."""
    assert Place.of(environ) == expected


def test_a_profile_that_there_is_not_is_named() -> None:
    """A typing error is told before anything starts."""
    with pytest.raises(ProfileUnknown, match="PROFILE=zila is none; there are native, zilla"):
        Place.of({"PROFILE": "zila"})


def test_a_load_is_asked_for_in_the_contract_that_it_speaks() -> None:
    """Make hands on an empty variable where nobody asked; in another contract every caller would fail."""
    assert [Place.of({"LOAD": said}).loaded for said in ("", "1")] == [False, True]
    with pytest.raises(LoadUnspoken, match="LOAD=1 does not speak the contract of PROFILE=zilla"):
        Place.of({"LOAD": "1", "PROFILE": "zilla"})


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_profiles_are_where_their_files_say(profile: Profile) -> None:
    """Commands find the demo without reading its configuration, which has the last word."""
    listener = load(profile.config, environ=ENVIRON).edge.listener

    assert front.url(listener, port=listener.port) == f"{profile.address}:{profile.port}"
